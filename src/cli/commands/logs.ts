// mail-proxy logs NAME: the log of an instance in the background.
import { existsSync, readFileSync, watchFile } from 'node:fs';
import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { Fault } from '../../errors.js';
import { PlainCommand } from '../api-command.js';
import { logFile, readInstance } from '../instances/instance.js';

const pollMs = 300;

export default class Logs extends PlainCommand {
  static override summary = 'Show the log of an instance';
  static override examples = ['<%= config.bin %> logs demo -f --grep shop'];
  static override args = { name: Args.string({ required: true, description: 'Name of the instance.' }) };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'Go on with what is logged from now on.' }),
    lines: Flags.integer({ char: 'n', description: 'The last lines to begin with.', default: 50, min: 0 }),
    grep: Flags.string({ description: 'Only lines with this text.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const file = join(readInstance(this.home(), args.name).folder, logFile);
    if (!existsSync(file))
      throw new Fault('not_found', `${args.name} has no log: it never ran in the background`);
    const print = (lines: string[]) => {
      for (const line of lines) if (line !== '' && line.includes(flags.grep ?? '')) this.log(line);
    };
    const text = readFileSync(file);
    const lines = text.toString('utf8').trimEnd().split('\n');
    print(
      flags.lines === 0 ? [] : lines.filter((line) => line.includes(flags.grep ?? '')).slice(-flags.lines),
    );
    if (!flags.follow) return;
    let read = text.length;
    watchFile(file, { interval: pollMs }, () => {
      const now = readFileSync(file);
      // A log that was emptied begins anew.
      const fresh = now.subarray(now.length < read ? 0 : read);
      read = now.length;
      print(fresh.toString('utf8').split('\n'));
    });
  }
}
