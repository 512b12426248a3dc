// Which messages a change is about: those that were ticked, or all that fit the filters of the list.

const filters = ['status', 'batch_code', 'account_id', 'search', 'error'] as const;
const times = ['since', 'until'] as const;

/** The fields of the list that say which messages it shows. Times are in UTC. */
export const filterFields = [...filters, ...times];

type Fields = Record<string, string | undefined>;

/** As the query of `GET /messages` and the filter of a change take them; without the fields that are empty. */
export function toFilter(fields: Fields): Record<string, string> {
  const given = filters.flatMap((name) => {
    const value = fields[name]?.trim();
    return value ? [[name, value] as const] : [];
  });
  const between = times.flatMap((name) => {
    const ms = Date.parse(`${fields[name] ?? ''}Z`);
    return Number.isNaN(ms) ? [] : [[`${name}_ts`, String(Math.floor(ms / 1000))] as const];
  });
  return Object.fromEntries([...given, ...between]);
}

/** What a person reads of the filter. */
export function filterInWords(fields: Fields): string {
  const said = filterFields.flatMap((name) => {
    const value = fields[name]?.trim();
    return value ? [`${words[name]} ${value}`] : [];
  });
  return said.length === 0 ? 'all messages of the tenant' : `all messages with ${said.join(', ')}`;
}

const words = {
  status: 'the status',
  batch_code: 'the batch',
  account_id: 'the account',
  search: 'the words',
  error: 'the error',
  since: 'acceptance from (UTC)',
  until: 'acceptance before (UTC)',
} as const;

/** The body of a command that changes messages. Ids that were ticked go before the filter. */
export function toSelection(ids: string[], fields: Fields): object {
  if (ids.length > 0) return { ids };
  const { since_ts, until_ts, ...filter } = toFilter(fields);
  return {
    filter: {
      ...filter,
      ...(since_ts !== undefined && { since_ts: Number(since_ts) }),
      ...(until_ts !== undefined && { until_ts: Number(until_ts) }),
    },
  };
}
