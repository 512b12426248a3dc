// Reads the counters of all accounts from the metrics of a service.
import { Fault } from '../errors.js';
import type { ApiTarget } from './call-api.js';

export interface AccountStats {
  tenant: string;
  account: string;
  pending: number;
  sent: number;
  deferred: number;
  errors: number;
}

type Count = 'pending' | 'sent' | 'deferred' | 'errors';

const counts: Record<string, Count> = {
  // A series for each priority.
  gmp_queue_depth: 'pending',
  gmp_sent_total: 'sent',
  gmp_deferred_total: 'deferred',
  gmp_errors_total: 'errors',
};

const sample = /^(\w+)\{(.*)\} (\d+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** @throws Fault `bad_request` when the service does not answer */
export async function accountStats({ url, token }: ApiTarget): Promise<AccountStats[]> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/metrics`, { headers }).catch(() => undefined);
  if (!answer?.ok)
    throw new Fault('bad_request', `${url} shows no metrics: ${answer?.status ?? 'it does not answer'}`);
  const accounts = new Map<string, AccountStats>();
  for (const line of (await answer.text()).split('\n')) {
    const [, name = '', labels = '', value] = sample.exec(line) ?? [];
    const count = counts[name];
    if (count === undefined) continue;
    const { tenant_id: tenant = '', account_id: account = '' } = Object.fromEntries(
      [...labels.matchAll(label)].map(([, key, text]) => [key, text]),
    );
    const key = JSON.stringify([tenant, account]);
    const one = accounts.get(key) ?? { tenant, account, pending: 0, sent: 0, deferred: 0, errors: 0 };
    one[count] += Number(value);
    accounts.set(key, one);
  }
  return [...accounts.values()];
}
