// mail-proxy suppressions add ADDRESS...: a tenant's mails are no longer sent to these addresses.
import { Args, Flags } from '@oclif/core';
import { systemClock, toUnixSeconds } from '../../../clock.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { type Added, addEntries } from '../../suppressions/add-entries.js';

export default class SuppressionsAdd extends ApiCommand {
  static override summary = 'Put addresses on the suppression list';
  static override examples = [
    '<%= config.bin %> suppressions add jo@example.org --reason unsubscribed',
    '<%= config.bin %> suppressions add jo@example.org --days 30',
  ];
  static override strict = false;
  static override args = {
    address: Args.string({ required: true, description: 'Any number of addresses.' }),
  };
  static override flags = {
    ...tenantFlag,
    reason: Flags.string({ description: 'Why, in a word or two.' }),
    days: Flags.integer({ description: 'For so many days; else until it is deleted.', min: 1 }),
  };

  async run(): Promise<Added> {
    const { argv, flags } = await this.parse(SuppressionsAdd);
    const { reason, days } = flags;
    const until = days === undefined ? undefined : toUnixSeconds(systemClock.now()) + days * 86_400;
    const api = this.connect(flags);
    const entries = argv.map((address) => ({ address, reason, expires_ts: until }));
    const answer = await addEntries(api, await this.tenantOf(api, flags), entries);
    this.log(`${answer.added} on the list`);
    for (const { n, reason: why } of answer.rejected) this.logToStderr(`Not taken: ${argv[n]}: ${why}`);
    if (answer.rejected.length > 0) process.exitCode = 1;
    return answer;
  }
}
