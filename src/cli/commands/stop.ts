// mail-proxy stop NAME: ends the service of an instance.
import { Args, Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { PlainCommand } from '../api-command.js';
import { readInstance } from '../instances/instance.js';
import { stopInstance } from '../instances/stop-instance.js';

export default class Stop extends PlainCommand {
  static override summary = 'Stop an instance; sends in flight are finished first';
  static override examples = ['<%= config.bin %> stop demo', '<%= config.bin %> stop demo --force'];
  static override args = { name: Args.string({ required: true, description: 'Name of the instance.' }) };
  static override flags = {
    force: Flags.boolean({
      char: 'f',
      description: 'Kill it; the next start takes over the sends in flight.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Stop);
    const instance = readInstance(this.home(), args.name);
    const didRun = await stopInstance({ clock: systemClock }, instance, flags.force);
    this.log(didRun ? `${args.name} is stopped` : `${args.name} did not run`);
  }
}
