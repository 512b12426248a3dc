// mail-proxy messages cleanup: removes old messages that are final and reported.
import { Flags } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../../api-command.js';

const daySeconds = 86_400;

export default class MessagesCleanup extends ApiCommand {
  static override summary = 'Remove messages that are final and were reported long ago';
  static override examples = ['<%= config.bin %> messages cleanup --days 30'];
  static override flags = {
    ...tenantFlag,
    days: Flags.integer({ description: 'Reported so many days ago.', default: 7, min: 0 }),
  };

  async run(): Promise<{ removed: number }> {
    const { flags } = await this.parse(MessagesCleanup);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const body = { older_than_seconds: flags.days * daySeconds };
    const answer = await api<{ removed: number }>('POST', '/commands/cleanup-messages', { query, body });
    this.log(`${answer.removed} removed`);
    return answer;
  }
}
