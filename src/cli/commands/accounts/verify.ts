// mail-proxy accounts verify ID: tries to log in, and sends nothing.
import { Args } from '@oclif/core';
import { Fault } from '../../../errors.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';

export default class AccountsVerify extends ApiCommand {
  static override summary = 'Try whether an account can log in; nothing is sent';
  static override examples = ['<%= config.bin %> accounts verify main'];
  static override args = { id: Args.string({ required: true, description: 'Id of the account.' }) };
  static override flags = tenantFlag;

  async run(): Promise<{ ok: boolean; error?: string }> {
    const { args, flags } = await this.parse(AccountsVerify);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const path = `/account/${encodeURIComponent(args.id)}/verify`;
    const answer = await api<{ ok: boolean; error?: string }>('POST', path, { query });
    if (!answer.ok) throw new Fault('bad_request', `${args.id} does not work: ${answer.error}`);
    this.log(`${args.id} works`);
    return answer;
  }
}
