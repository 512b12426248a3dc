// mail-proxy messages list: the messages of a tenant, the newest last.
import { Flags } from '@oclif/core';
import { allPages } from '../../all-pages.js';
import { ApiCommand, listFlags, tenantFlag } from '../../api-command.js';
import { timeOf } from '../../output/print-rows.js';
import { repeat } from '../../output/repeat.js';

interface Message {
  id: string;
  status: string;
  account_id?: string;
  batch_code?: string;
  deferred_ts?: number;
  sent_ts?: number;
  error_ts?: number;
  error?: string;
  deferred_reason?: string;
  message: { to?: string | string[]; subject?: string };
}

export default class MessagesList extends ApiCommand {
  static override summary = 'List the messages of a tenant';
  static override examples = ['<%= config.bin %> messages list --status pending --limit 20'];
  static override flags = {
    ...tenantFlag,
    ...listFlags,
    status: Flags.string({ description: 'Only these.', options: ['pending', 'deferred', 'sent', 'error'] }),
    account: Flags.string({ description: 'Only those of this account.' }),
    batch: Flags.string({ description: 'Only those of this batch.' }),
    search: Flags.string({ description: 'Only those with all these words and addresses, the newest first.' }),
    error: Flags.string({ description: 'Only those whose error contains this, the newest first.' }),
    limit: Flags.integer({ description: 'At most so many.', default: 100, min: 1 }),
    watch: Flags.boolean({
      description: 'Show the list anew every two seconds, until Ctrl-C.',
      exclusive: ['csv'],
    }),
  };

  async run(): Promise<Message[]> {
    const { flags } = await this.parse(MessagesList);
    const api = this.connect(flags);
    const query = {
      tenant_id: await this.tenantOf(api, flags),
      status: flags.status,
      account_id: flags.account,
      batch_code: flags.batch,
      search: flags.search,
      error: flags.error,
    };
    return repeat(flags.watch, async () => {
      const messages = await allPages<Message>(api, '/messages', 'messages', query, flags.limit);
      this.printRows(
        messages,
        [
          { title: 'id', of: ({ id }) => id },
          { title: 'status', of: ({ status }) => status },
          { title: 'account', of: ({ account_id }) => account_id },
          { title: 'to', of: ({ message }) => [message.to ?? []].flat().join(', ') },
          { title: 'subject', of: ({ message }) => message.subject },
          { title: 'time', of: (one) => timeOf(one.sent_ts ?? one.error_ts ?? one.deferred_ts) },
          { title: 'reason', of: ({ error, deferred_reason }) => error ?? deferred_reason },
        ],
        { csv: flags.csv, none: 'No messages' },
      );
      return messages;
    });
  }
}
