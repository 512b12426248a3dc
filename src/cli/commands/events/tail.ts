// mail-proxy events tail: what happens to messages, as it happens.
import { Flags } from '@oclif/core';
import { systemClock } from '../../../clock.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { localTime, printable } from '../../output/print-rows.js';

interface Event {
  event_id: number;
  event_type: string;
  event_ts: number;
  id: string;
  description?: string;
}

interface Page {
  events: Event[];
  next: number | string;
  more: boolean;
}

const pollMs = 1000;

export default class EventsTail extends ApiCommand {
  static override summary = 'Follow what happens to the messages of a tenant, until Ctrl-C';
  static override examples = ['<%= config.bin %> events tail --type error --type bounce'];
  // Prints a line of JSON for each event, not one value at the end.
  static override enableJsonFlag = false;
  static override flags = {
    ...tenantFlag,
    type: Flags.string({ multiple: true, description: 'Only events of this type; may be repeated.' }),
    all: Flags.boolean({ description: 'Begin with the oldest event instead of the next.' }),
    json: Flags.boolean({ description: 'Print each event as a line of JSON.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EventsTail);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags), types: flags.type?.join(',') };
    let isOld = !flags.all;
    let after: number | string | undefined;
    for (;;) {
      const page = await api<Page>('GET', '/events', { query: { ...query, after } });
      after = page.next;
      for (const event of isOld ? [] : page.events)
        this.log(flags.json ? JSON.stringify(event) : lineOf(event));
      if (page.more) continue;
      isOld = false;
      await systemClock.sleep(pollMs);
    }
  }
}

function lineOf({ event_ts, event_type, id, description = '' }: Event): string {
  return printable(`${localTime(event_ts)}  ${event_type.padEnd(9)}  ${id}  ${description}`).trimEnd();
}
