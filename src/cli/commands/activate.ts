// mail-proxy activate: starts again the sending of a tenant, a batch, or with --all everything.
import { Flags } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../api-command.js';

export default class Activate extends ApiCommand {
  static override summary = 'Go on sending for a tenant, one of its batches, or the whole instance';
  static override flags = {
    ...tenantFlag,
    batch: Flags.string({ description: 'Only this batch of the tenant.', exclusive: ['all'] }),
    all: Flags.boolean({ description: 'The whole instance.', exclusive: ['tenant'] }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { flags } = await this.parse(Activate);
    const api = this.connect(flags);
    const query = flags.all
      ? { all: true }
      : { tenant_id: await this.tenantOf(api, flags), batch_code: flags.batch };
    const answer = await api<{ tenant_id?: string }>('POST', '/commands/activate', { query });
    const what = answer.tenant_id === undefined ? 'Sending' : `Sending of ${answer.tenant_id}`;
    this.log(`${what}${flags.batch === undefined ? '' : `, batch ${flags.batch}`} is active again`);
    return answer;
  }
}
