// mail-proxy accounts delete ID: removes an account; what it has not sent waits for another.
import { Args, Flags } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { confirm } from '../../ask.js';

export default class AccountsDelete extends ApiCommand {
  static override summary = 'Delete an SMTP account';
  static override examples = ['<%= config.bin %> accounts delete main --tenant shop'];
  static override args = { id: Args.string({ required: true, description: 'Id of the account.' }) };
  static override flags = { ...tenantFlag, force: Flags.boolean({ char: 'f', description: 'Do not ask.' }) };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(AccountsDelete);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const path = `/account/${encodeURIComponent(args.id)}`;
    await api('GET', path, { query });
    if (!flags.force) await confirm(`Delete the account ${args.id}?`, '--force');
    const answer = await api('DELETE', path, { query });
    this.log(`${args.id} is deleted`);
    return answer;
  }
}
