// The bulk statements on messages, as each database is given them: written down in ./messages for reviewers.
import { expect, test } from 'vitest';
import { changeMessages } from '../../../src/store/bulk/change-messages.js';
import { findBlockers } from '../../../src/store/messages/blockers.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { cleanUpMessages } from '../../../src/store/messages/clean-up.js';
import { deleteMessages } from '../../../src/store/messages/delete.js';
import { markHandedOver } from '../../../src/store/messages/handed-over.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { noteWaiting, rejectUnsent } from '../../../src/store/messages/mark-waiting.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import { releaseClaims, releaseLostClaims } from '../../../src/store/messages/release-dead-claims.js';
import { endOf, newMessage, type StoreContext } from '../../support/stage/open-store.js';
import { recordSql } from '../../support/stage/record-sql.js';

const claim = { pk: 'pk-1', revision: 'rev-1', tenantId: 'shop', accountId: 'main' };
const { pk, revision } = claim;
const message = (ctx: StoreContext) => newMessage(ctx, { pk, revision, id: 'id-1', payload: '{}' });
const keyed = { call: 'call-1', caller: 'shop', key: 'key-1', bodyHash: 'hash-1', rejected: [] };
const slots = { tenantId: 'shop', accountId: 'main', attempt: 'pk-1-1', taken: true };
const metadata = { rate_limit: { window: 'hour', limit: 10 } };

test.each<[name: string, work: (ctx: StoreContext) => Promise<unknown>, answers?: Record<string, unknown[]>]>(
  [
    ['claim-unlimited', (ctx) => claimMessages(ctx, [claim], false)],
    ['claim-within-limits', (ctx) => claimMessages(ctx, [claim], true)],
    ['blockers', (ctx) => findBlockers(ctx, [{ ...claim, rank: 1 }])],
    ['insert', (ctx) => insertMessages(ctx, [{ messages: [message(ctx)] }])],
    ['insert-keyed', (ctx) => insertMessages(ctx, [{ messages: [message(ctx)], keyed }])],
    ['insert-with-terms', (ctx) => insertMessages(ctx, [{ messages: [{ ...message(ctx), terms: [1, 2] }] }])],
    ['retry', (ctx) => changeMessages(ctx, { action: 'retry', priority: null }, [pk])],
    ['prioritize', (ctx) => changeMessages(ctx, { action: 'prioritize', priority: 1 }, [pk])],
    ['mark-handed-over', (ctx) => markHandedOver(ctx, [{ pk, attempt: 1 }])],
    [
      'record-results',
      (ctx) => recordResults(ctx, [endOf(ctx, pk, 'deferred', { slots, attempt: 4, transcript: 'C: QUIT' })]),
    ],
    [
      'mark-waiting',
      (ctx) =>
        noteWaiting(ctx, [
          { pk, revision, until: ctx.clock.now() + 1000, reason: 'full', metadata, ofBreaker: false },
        ]),
    ],
    ['reject-unsent', (ctx) => rejectUnsent(ctx, [{ pk, revision, error: 'rate_limit_exceeded', metadata }])],
    ['release-dead-claims', (ctx) => releaseClaims(ctx, ['process-0'])],
    ['release-lost-claims', releaseLostClaims, { query: [{ pk, attempts: 1 }] }],
    ['delete', (ctx) => deleteMessages(ctx, 'shop', ['id-1'])],
    [
      'clean-up',
      (ctx) =>
        cleanUpMessages(ctx, 'shop', { reportedBefore: ctx.clock.now(), unreportedBefore: ctx.clock.now() }),
      {
        query: [{ pk, attempts: 1, bytes: 100 }],
        page: [{ pk, status: 'sent' }],
        entries: [{ pk, status: 'sent' }],
      },
    ],
  ],
)('%s', async (name, work, answers) => {
  await expect(await recordSql(work, answers)).toMatchFileSnapshot(`messages/${name}.sql`);
});
