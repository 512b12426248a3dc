// mail-proxy accounts close-breaker ID: tries the server of an account again at once.
import { Args } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../../api-command.js';

export default class AccountsCloseBreaker extends ApiCommand {
  static override summary = 'Try the server of an account again at once, after it had refused the account';
  static override examples = ['<%= config.bin %> accounts close-breaker main'];
  static override args = { id: Args.string({ required: true, description: 'Id of the account.' }) };
  static override flags = tenantFlag;

  async run(): Promise<{ closed: boolean }> {
    const { args, flags } = await this.parse(AccountsCloseBreaker);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags), account_id: args.id };
    const answer = await api<{ closed: boolean }>('POST', '/commands/close-breaker', { query });
    this.log(answer.closed ? `${args.id} is tried again` : `The breaker of ${args.id} is not open`);
    return answer;
  }
}
