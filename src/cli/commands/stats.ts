// mail-proxy stats: what each account has sent, and what waits.
import { Flags } from '@oclif/core';
import { type AccountStats, accountStats } from '../account-stats.js';
import { ApiCommand, listFlags } from '../api-command.js';
import { repeat } from '../output/repeat.js';
import { findTarget } from '../target.js';

export default class Stats extends ApiCommand {
  static override summary = 'Show what each account has sent since the start, and what waits';
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats --watch'];
  static override flags = {
    ...listFlags,
    watch: Flags.boolean({
      description: 'Show it anew every two seconds, until Ctrl-C.',
      exclusive: ['csv'],
    }),
  };

  async run(): Promise<AccountStats[]> {
    const { flags } = await this.parse(Stats);
    return repeat(flags.watch, async () => {
      const stats = await accountStats(findTarget(flags));
      this.printRows(
        stats,
        [
          { title: 'tenant', of: ({ tenant }) => tenant },
          { title: 'account', of: ({ account }) => account },
          { title: 'pending', of: ({ pending }) => pending },
          { title: 'sent', of: ({ sent }) => sent },
          { title: 'deferred', of: ({ deferred }) => deferred },
          { title: 'errors', of: ({ errors }) => errors },
        ],
        { csv: flags.csv, none: 'No accounts' },
      );
      return stats;
    });
  }
}
