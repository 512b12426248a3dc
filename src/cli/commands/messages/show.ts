// mail-proxy messages show ID: a message and what became of it.
import { Args } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { fieldsOf } from '../../output/fields.js';

export default class MessagesShow extends ApiCommand {
  static override summary = 'Show a message and what became of it';
  static override examples = ['<%= config.bin %> messages show order-17 --json'];
  static override args = {
    id: Args.string({ required: true, description: 'The id the application gave it.' }),
  };
  static override flags = tenantFlag;

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(MessagesShow);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const message = await api('GET', `/messages/${encodeURIComponent(args.id)}`, { query });
    for (const line of fieldsOf(message)) this.log(line);
    return message;
  }
}
