// mail-proxy use NAME [TENANT]: chooses what commands are about that name no instance or tenant.
import { Args } from '@oclif/core';
import { PlainCommand } from '../api-command.js';
import { writeChosen } from '../instances/home.js';
import { readInstance } from '../instances/instance.js';

export default class Use extends PlainCommand {
  static override summary = 'Choose the instance and tenant of commands that name none';
  static override examples = ['<%= config.bin %> use demo shop'];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the instance.' }),
    tenant: Args.string({ description: 'Id of the tenant.' }),
  };

  async run(): Promise<void> {
    const { name, tenant } = (await this.parse(Use)).args;
    readInstance(this.home(), name);
    writeChosen(this.home(), { instance: name, ...(tenant !== undefined && { tenant }) });
    this.log(tenant === undefined ? `Using ${name}` : `Using ${name}, tenant ${tenant}`);
  }
}
