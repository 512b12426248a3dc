// A change of many messages as it is asked for and shown.
import { z } from '@hono/zod-openapi';
import { lineOfText } from '../../../accept/identifier.js';
import { toUnixSeconds } from '../../../clock.js';
import { bulkActions, type Selection } from '../../../domain/bulk-change.js';
import type { BulkChange } from '../../../store/bulk/bulk-changes.js';

const mostIds = 10_000;

const time = z.number().int().min(0).max(32_503_680_000);

const filter = z.object({
  status: z.enum(['pending', 'deferred', 'sent', 'error']).optional().describe('In this status.'),
  batch_code: lineOfText(64).optional().describe('Of this batch.'),
  account_id: lineOfText(255).optional().describe('That name this account.'),
  since_ts: time.optional().describe('Accepted at or after this time. Unix seconds.'),
  until_ts: time.optional().describe('Accepted before this time. Unix seconds.'),
  search: lineOfText(200).optional().describe('With all these words and addresses, as in `GET /messages`.'),
  error: lineOfText(200).optional().describe('Whose error or reason contains this.'),
});

/** The fields by which a call says which messages it is about. */
export const selectionBody = z.object({
  ids: z
    .array(lineOfText(255))
    .min(1, 'is empty')
    .max(mostIds, `has more than ${mostIds} entries`)
    .optional()
    .describe('Ids of the messages, as their tenant chose them.'),
  filter: filter
    .optional()
    .describe('In place of ids: all messages of the tenant that fit all of this; `{}`: all messages.'),
});

/** @returns undefined where the call names both ids and a filter, or neither */
export function toSelection(given: z.output<typeof selectionBody>): Selection | undefined {
  const { ids, filter: asked } = given;
  if (ids !== undefined) return asked === undefined ? { ids } : undefined;
  if (asked === undefined) return undefined;
  const { status, search, error, since_ts, until_ts } = asked;
  return {
    filter: {
      status,
      search,
      error,
      batchCode: asked.batch_code,
      accountId: asked.account_id,
      since: since_ts === undefined ? undefined : since_ts * 1000,
      until: until_ts === undefined ? undefined : until_ts * 1000,
    },
  };
}

export const bulkChange = z
  .object({
    id: z.string().describe('What `GET /bulk-changes/{id}` takes.'),
    action: z.enum(bulkActions).describe('What is done with the messages.'),
    priority: z.int().optional().describe('Of `prioritize`: the new priority.'),
    state: z
      .enum(['running', 'done', 'stopped', 'failed'])
      .describe('`running` also while it waits for its turn; `stopped`: by a call.'),
    examined: z.int().describe('Messages that were looked at so far.'),
    changed: z.int().describe('How many of them were changed. Others did not fit, or are being sent.'),
    error: z.string().optional().describe('Why it failed.'),
    created_ts: z.int().describe('When it was asked for. Unix seconds.'),
    finished_ts: z.int().optional().describe('When it ended. Unix seconds.'),
  })
  .openapi('BulkChange', { description: 'A change of many messages, made in the background.' });

export const bulkChangeExample = {
  id: '6a1f4c1e-0b52-4f6b-9d0a-5a3f4f7f4d21',
  action: 'retry' as const,
  state: 'running' as const,
  examined: 400,
  changed: 398,
  created_ts: 1_795_600_000,
};

export function showBulkChange(change: BulkChange): z.output<typeof bulkChange> {
  const { id, action, priority, state, examined, changed, error, createdAt, finishedAt } = change;
  return {
    id,
    action,
    ...(priority !== null && { priority }),
    state,
    examined,
    changed,
    ...(error !== null && { error }),
    created_ts: Math.floor(toUnixSeconds(createdAt)),
    ...(finishedAt !== null && { finished_ts: Math.floor(toUnixSeconds(finishedAt)) }),
  };
}
