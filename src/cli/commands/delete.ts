// mail-proxy delete NAME: removes an instance with everything in it.
import { rmSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { PlainCommand } from '../api-command.js';
import { confirm } from '../ask.js';
import { readChosen, writeChosen } from '../instances/home.js';
import { readInstance } from '../instances/instance.js';
import { stopInstance } from '../instances/stop-instance.js';

export default class Delete extends PlainCommand {
  static override summary = 'Delete an instance: its database, settings, token and log';
  static override examples = ['<%= config.bin %> delete demo', '<%= config.bin %> delete demo --force'];
  static override args = { name: Args.string({ required: true, description: 'Name of the instance.' }) };
  static override flags = { force: Flags.boolean({ char: 'f', description: 'Do not ask.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Delete);
    const instance = readInstance(this.home(), args.name);
    const what = instance.isRemote ? 'Forget the address and the token' : 'Delete the instance and all mail';
    if (!flags.force) await confirm(`${what} of ${args.name}?`, '--force');
    if (!instance.isRemote) await stopInstance({ clock: systemClock }, instance, false);
    rmSync(instance.folder, { recursive: true });
    const { instance: chosen, ...others } = readChosen(this.home());
    if (chosen === args.name) writeChosen(this.home(), others);
    this.log(`${args.name} is deleted`);
  }
}
