// mail-proxy import FILE: takes what `export` has written; a second time changes nothing.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Args } from '@oclif/core';
import { Fault, reasonOf } from '../../errors.js';
import { ApiCommand } from '../api-command.js';
import { type Imported, importLines } from '../transfer/import-lines.js';

export default class Import extends ApiCommand {
  static override summary = 'Take tenants, accounts and messages that `export` has written';
  static override description =
    'What is there already stays as it is. Secrets are in no export: the command says which to set. Exit code 1 when ' +
    'something could not be taken.';
  static override examples = [
    '<%= config.bin %> import all.jsonl',
    '<%= config.bin %> export --instance old | <%= config.bin %> import - --instance new',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'The file of `export`; - for stdin.' }),
  };

  async run(): Promise<Imported> {
    const { args, flags } = await this.parse(Import);
    const api = this.connect(flags);
    const input = args.file === '-' ? process.stdin : createReadStream(args.file);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    const failed = new Promise<never>((_, reject) => {
      input.once('error', (error: Error) =>
        reject(new Fault('bad_request', `Cannot read ${args.file}: ${reasonOf(error)}`)),
      );
    });
    const done = await Promise.race([importLines(api, lines), failed]);
    this.log(`${done.tenants} tenants, ${done.accounts} accounts and ${done.messages} messages are taken`);
    if (done.kept > 0) this.log(`${done.kept} were here already and are as they were`);
    if (done.todo.length > 0) this.log('Secrets are not in an export; set them:');
    for (const command of done.todo) this.log(`  ${command}`);
    for (const sentence of done.left) this.logToStderr(`Not taken: ${sentence}`);
    if (done.left.length > 0) process.exitCode = 1;
    return done;
  }
}
