// mail-proxy accounts show ID: everything that is known of an account but its password.
import { Args } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { fieldsOf } from '../../output/fields.js';

export default class AccountsShow extends ApiCommand {
  static override summary = 'Show an SMTP account';
  static override examples = ['<%= config.bin %> accounts show main'];
  static override args = { id: Args.string({ required: true, description: 'Id of the account.' }) };
  static override flags = tenantFlag;

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(AccountsShow);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const account = await api('GET', `/account/${encodeURIComponent(args.id)}`, { query });
    for (const line of fieldsOf(account)) this.log(line);
    return account;
  }
}
