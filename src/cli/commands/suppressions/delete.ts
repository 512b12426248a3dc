// mail-proxy suppressions delete ADDRESS...: a tenant's mails are sent to these addresses again.
import { Args } from '@oclif/core';
import { Fault } from '../../../errors.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';

interface Removed {
  removed: number;
  not_found?: string[];
}

export default class SuppressionsDelete extends ApiCommand {
  static override summary = 'Take addresses off the suppression list';
  static override examples = ['<%= config.bin %> suppressions delete jo@example.org'];
  static override strict = false;
  static override args = {
    address: Args.string({ required: true, description: 'Any number of addresses.' }),
  };
  static override flags = { ...tenantFlag };

  async run(): Promise<Removed> {
    const { argv, flags } = await this.parse(SuppressionsDelete);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const body = { addresses: argv as string[] };
    const answer = await api<Removed>('DELETE', '/suppressions', { query, body });
    this.log(`${answer.removed} off the list`);
    if (answer.not_found?.length) throw new Fault('not_found', `Not on it: ${answer.not_found.join(', ')}`);
    return answer;
  }
}
