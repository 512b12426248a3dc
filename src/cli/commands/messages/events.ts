// mail-proxy messages events ID: what happened to a message, in order.
import { Args } from '@oclif/core';
import { allPages } from '../../all-pages.js';
import { ApiCommand, listFlags, tenantFlag } from '../../api-command.js';
import { timeOf } from '../../output/print-rows.js';

interface Event {
  event_type: string;
  event_ts: number;
  description?: string;
  reported_ts?: number;
}

export default class MessagesEvents extends ApiCommand {
  static override summary = 'Show what happened to a message, in order';
  static override examples = ['<%= config.bin %> messages events order-17'];
  static override args = {
    id: Args.string({ required: true, description: 'The id the application gave it.' }),
  };
  static override flags = { ...tenantFlag, ...listFlags };

  async run(): Promise<Event[]> {
    const { args, flags } = await this.parse(MessagesEvents);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const path = `/messages/${encodeURIComponent(args.id)}/events`;
    const events = await allPages<Event>(api, path, 'events', query);
    this.printRows(
      events,
      [
        { title: 'time', of: ({ event_ts }) => timeOf(event_ts) },
        { title: 'event', of: ({ event_type }) => event_type },
        { title: 'what', of: ({ description }) => description },
        { title: 'reported', of: ({ reported_ts }) => timeOf(reported_ts) },
      ],
      { csv: flags.csv, none: 'No events' },
    );
    return events;
  }
}
