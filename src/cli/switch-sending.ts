// What suspend and activate share: a tenant, a batch, an account or with --all everything is stopped, or goes on.
import { Flags } from '@oclif/core';
import { ApiCommand, tenantFlag } from './api-command.js';

const flags = {
  ...tenantFlag,
  batch: Flags.string({ description: 'Only this batch of the tenant.', exclusive: ['all'] }),
  account: Flags.string({ description: 'Only this account of the tenant.', exclusive: ['all', 'batch'] }),
  all: Flags.boolean({ description: 'The whole instance.', exclusive: ['tenant'] }),
};

export abstract class SwitchSending extends ApiCommand {
  static override flags = flags;

  /** @param state what sending is afterwards, as the command prints it */
  protected async switchTo(verb: 'suspend' | 'activate', state: string): Promise<Record<string, unknown>> {
    const { flags: given } = await this.parse({ flags, baseFlags: ApiCommand.baseFlags });
    const api = this.connect(given);
    const query = given.all
      ? { all: true }
      : { tenant_id: await this.tenantOf(api, given), batch_code: given.batch, account_id: given.account };
    const answer = await api<{ tenant_id?: string }>('POST', `/commands/${verb}`, { query });
    const what = answer.tenant_id === undefined ? 'Sending' : `Sending of ${answer.tenant_id}`;
    const batch = given.batch === undefined ? '' : `, batch ${given.batch}`;
    const account = given.account === undefined ? '' : `, account ${given.account}`;
    this.log(`${what}${batch}${account} is ${state}`);
    return answer;
  }
}
