// mail-proxy restart NAME: stops the service of an instance and starts it again in the background.
import { Args, Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { PlainCommand } from '../api-command.js';
import { readInstance } from '../instances/instance.js';
import { startInstance } from '../instances/start-instance.js';
import { stopInstance } from '../instances/stop-instance.js';

export default class Restart extends PlainCommand {
  static override summary = 'Restart an instance in the background, so that changed settings take effect';
  static override examples = ['<%= config.bin %> restart demo'];
  static override args = { name: Args.string({ required: true, description: 'Name of the instance.' }) };
  static override flags = {
    force: Flags.boolean({ char: 'f', description: 'Kill it instead of finishing the sends in flight.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restart);
    const ctx = { clock: systemClock };
    const instance = readInstance(this.home(), args.name);
    await stopInstance(ctx, instance, flags.force);
    await startInstance(ctx, instance, false);
    this.log(`${args.name} runs at ${instance.url}`);
  }
}
