// What the commands that change many messages have in common: which messages, the question, and the wait for the end.
import { Args, Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { Fault } from '../../errors.js';
import { tenantFlag } from '../api-command.js';
import { confirm, Missing } from '../ask.js';
import type { CallApi } from '../call-api.js';

export interface BulkChange {
  id: string;
  state: string;
  examined: number;
  changed: number;
  error?: string;
}

const againAfterMs = 300;

export const changeArgs = {
  id: Args.string({ description: 'Ids of messages; else all that fit the flags.' }),
};

export const changeFlags = {
  ...tenantFlag,
  status: Flags.string({ description: 'Only these.', options: ['pending', 'deferred', 'error'] }),
  account: Flags.string({ description: 'Only those of this account.' }),
  batch: Flags.string({ description: 'Only those of this batch.' }),
  search: Flags.string({ description: 'Only those with all these words and addresses.' }),
  error: Flags.string({ description: 'Only those whose error contains this.' }),
  all: Flags.boolean({ description: 'All messages of the tenant for which it makes sense.' }),
  force: Flags.boolean({ char: 'f', description: 'Do not ask.' }),
};

interface GivenFlags {
  status?: string | undefined;
  account?: string | undefined;
  batch?: string | undefined;
  search?: string | undefined;
  error?: string | undefined;
  all: boolean;
  force: boolean;
}

interface Asked {
  action: 'retry' | 'cancel' | 'prioritize';
  tenantId: string | undefined;
  ids: string[];
  flags: GivenFlags;
  priority?: number;
}

/** Begins the change, once it is confirmed, and waits for its end. @throws Fault when it failed */
export async function changeMessages(
  api: CallApi,
  { action, tenantId, ids, flags, priority }: Asked,
): Promise<BulkChange> {
  const { status, account, batch, search, error, all, force } = flags;
  const given = { status, account_id: account, batch_code: batch, search, error };
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const isAll = Object.keys(filter).length > 0 || all;
  if (ids.length === 0 && !isAll) throw new Missing('ids of messages, or a flag such as --error or --all');
  if (ids.length > 0 && isAll) throw new Fault('bad_request', 'Name either ids or flags, not both');
  const what = ids.length > 0 ? `${ids.length} messages` : 'all messages that fit';
  if (!force) await confirm(`${words[action]} ${what}?`, '--force');
  const query = { tenant_id: tenantId };
  const body = { ...(ids.length > 0 ? { ids } : { filter }), ...(priority !== undefined && { priority }) };
  let { change } = await api<{ change: BulkChange }>('POST', `/commands/${action}-messages`, { query, body });
  while (change.state === 'running') {
    await systemClock.sleep(againAfterMs);
    ({ change } = await api<{ change: BulkChange }>('GET', `/bulk-changes/${change.id}`, { query }));
  }
  if (change.error !== undefined) throw new Fault('bad_request', `The change failed: ${change.error}`);
  return change;
}

const words = { retry: 'Send again', cancel: 'Give up', prioritize: 'Give another priority to' };
