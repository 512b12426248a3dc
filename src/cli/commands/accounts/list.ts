// mail-proxy accounts list: the SMTP accounts of a tenant.
import { allPages } from '../../all-pages.js';
import { ApiCommand, listFlags, tenantFlag } from '../../api-command.js';

interface Account {
  id: string;
  host: string;
  port: number;
  user?: string;
  limit_per_minute?: number;
  limit_per_hour?: number;
  limit_per_day?: number;
}

const mostStates = 10_000;

/** What `GET /accounts/state` calls it, for people. */
const states: Record<string, string> = {
  breaker: 'refused by its server',
  limited: 'at its limit',
  waiting: 'sending',
};

export default class AccountsList extends ApiCommand {
  static override summary = 'List the SMTP accounts of a tenant';
  static override examples = ['<%= config.bin %> accounts list --tenant shop'];
  static override flags = { ...tenantFlag, ...listFlags };

  async run(): Promise<Account[]> {
    const { flags } = await this.parse(AccountsList);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const [accounts, known] = await Promise.all([
      allPages<Account>(api, '/accounts', 'accounts', query),
      allPages<{ account_id?: string; state: string }>(api, '/accounts/state', 'accounts', query, mostStates),
    ]);
    const stateOf = new Map(known.map(({ account_id, state }) => [account_id, states[state] ?? state]));
    this.printRows(
      accounts,
      [
        { title: 'id', of: ({ id }) => id },
        { title: 'server', of: ({ host, port }) => `${host}:${port}` },
        { title: 'user', of: ({ user }) => user },
        { title: 'minute', of: ({ limit_per_minute }) => limit_per_minute },
        { title: 'hour', of: ({ limit_per_hour }) => limit_per_hour },
        { title: 'day', of: ({ limit_per_day }) => limit_per_day },
        { title: 'state', of: ({ id }) => stateOf.get(id) },
      ],
      { csv: flags.csv, none: 'No accounts; mail-proxy accounts add adds one' },
    );
    return accounts;
  }
}
