// mail-proxy tenants delete ID: removes a tenant with its accounts, keys and messages.
import { Args, Flags } from '@oclif/core';
import { ApiCommand } from '../../api-command.js';
import { confirm } from '../../ask.js';

export default class TenantsDelete extends ApiCommand {
  static override summary = 'Delete a tenant with its accounts, keys and messages';
  static override examples = ['<%= config.bin %> tenants delete shop'];
  static override args = { id: Args.string({ required: true, description: 'Id of the tenant.' }) };
  static override flags = { force: Flags.boolean({ char: 'f', description: 'Do not ask.' }) };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(TenantsDelete);
    const api = this.connect(flags);
    const path = `/tenant/${encodeURIComponent(args.id)}`;
    // Asked first, so that nobody confirms the deletion of what is not there.
    await api('GET', path);
    if (!flags.force) await confirm(`Delete ${args.id} with its accounts, keys and messages?`, '--force');
    const answer = await api('DELETE', path);
    this.log(`${args.id} is deleted`);
    return answer;
  }
}
