// mail-proxy top: the accounts with the most waiting mail, how fast they send, and what holds them back.
import { Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { ApiCommand } from '../api-command.js';
import { repeat } from '../output/repeat.js';
import { findTarget } from '../target.js';
import { type LiveAccount, type Look, readAccounts } from '../top/read-accounts.js';

export default class Top extends ApiCommand {
  static override summary = 'Watch accounts: what waits, how fast it leaves, and what holds it back';
  static override description =
    'How full each window of a limit is, and what holds an account back: an open breaker with its reason, a full window, ' +
    'a suspension. Shows it anew every two seconds on a terminal, else once.';
  static override examples = ['<%= config.bin %> top', '<%= config.bin %> top --json'];
  static override flags = {
    limit: Flags.integer({
      char: 'n',
      description: 'At most so many accounts.',
      default: 20,
      min: 1,
      max: 200,
    }),
  };

  async run(): Promise<LiveAccount[]> {
    const { flags } = await this.parse(Top);
    const target = findTarget(flags);
    let look: Look | undefined;
    const isWatching = process.stdout.isTTY === true && !this.jsonEnabled();
    return repeat(isWatching, async () => {
      look = await readAccounts(target, systemClock.monotonic(), look, flags.limit);
      this.printRows(
        look.accounts,
        [
          { title: 'tenant', of: ({ tenant }) => tenant },
          { title: 'account', of: ({ account }) => account },
          { title: 'waiting', of: ({ pending }) => pending },
          { title: 'a minute', of: ({ sent_per_minute }) => sent_per_minute },
          { title: 'sent', of: ({ sent }) => sent },
          { title: 'windows', of: ({ windows }) => windows },
          { title: 'state', of: ({ state }) => state },
        ],
        { none: 'No accounts' },
      );
      return look.accounts;
    });
  }
}
