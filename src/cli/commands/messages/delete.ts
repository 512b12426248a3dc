// mail-proxy messages delete ID...: takes messages back; what is not sent yet is not sent.
import { Args, Flags } from '@oclif/core';
import { Fault } from '../../../errors.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { confirm } from '../../ask.js';

interface Deleted {
  removed: number;
  not_found?: string[];
}

export default class MessagesDelete extends ApiCommand {
  static override summary = 'Delete messages; those that are not sent yet are not sent';
  static override examples = ['<%= config.bin %> messages delete order-17 order-18'];
  static override strict = false;
  static override args = { id: Args.string({ required: true, description: 'Ids of messages.' }) };
  static override flags = { ...tenantFlag, force: Flags.boolean({ char: 'f', description: 'Do not ask.' }) };

  async run(): Promise<Deleted> {
    const { argv, flags } = await this.parse(MessagesDelete);
    const ids = argv as string[];
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    if (!flags.force)
      await confirm(`Delete ${ids.length === 1 ? ids[0] : `${ids.length} messages`}?`, '--force');
    const answer = await api<Deleted>('POST', '/commands/delete-messages', { query, body: { ids } });
    this.log(`${answer.removed} deleted`);
    if (answer.not_found?.length) throw new Fault('not_found', `Not found: ${answer.not_found.join(', ')}`);
    return answer;
  }
}
