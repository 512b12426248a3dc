// mail-proxy suppressions list: the addresses that a tenant's mails are not sent to.
import { Flags } from '@oclif/core';
import { allPages } from '../../all-pages.js';
import { ApiCommand, listFlags, tenantFlag } from '../../api-command.js';

interface Suppression {
  /** Absent: it was forgotten. */
  address?: string;
  hash: string;
  reason: string;
  source: string;
  message_id?: string;
  created_ts: number;
  expires_ts?: number;
}

const day = (ts: number | undefined) =>
  ts === undefined ? undefined : new Date(ts * 1000).toISOString().slice(0, 10);

export default class SuppressionsList extends ApiCommand {
  static override summary = "List the addresses that a tenant's mails are not sent to";
  static override examples = [
    '<%= config.bin %> suppressions list',
    '<%= config.bin %> suppressions list --reason complaint --csv',
  ];
  static override flags = {
    ...tenantFlag,
    ...listFlags,
    address: Flags.string({ description: 'Only this address, in any spelling.' }),
    reason: Flags.string({
      description: 'Only entries with this reason: hard_bounce, complaint, manual, ...',
    }),
    limit: Flags.integer({ description: 'At most so many; else all.', min: 1 }),
  };

  async run(): Promise<Suppression[]> {
    const { flags } = await this.parse(SuppressionsList);
    const { address, reason, limit, csv } = flags;
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags), address, reason };
    const found = await allPages<Suppression>(api, '/suppressions', 'suppressions', query, limit);
    this.printRows(
      found,
      [
        { title: 'address', of: (one) => one.address ?? `(forgotten) ${one.hash}` },
        { title: 'reason', of: (one) => one.reason },
        { title: 'source', of: ({ source }) => source },
        { title: 'message', of: ({ message_id }) => message_id },
        { title: 'since', of: ({ created_ts }) => day(created_ts) },
        { title: 'until', of: ({ expires_ts }) => day(expires_ts) },
      ],
      { csv, none: 'No address is suppressed' },
    );
    return found;
  }
}
