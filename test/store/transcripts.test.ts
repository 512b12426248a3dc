// Transcripts are kept of the last attempts of a message alone, and go with it; no other tenant finds them.
import { beforeEach, expect, test } from 'vitest';
import { claimMessages } from '../../src/store/messages/claim.js';
import { deleteMessages } from '../../src/store/messages/delete.js';
import { insertMessages } from '../../src/store/messages/insert.js';
import { recordResults } from '../../src/store/messages/record-results.js';
import { findTranscripts } from '../../src/store/transcripts/transcripts.js';
import { addTenant, endOf, freshStore, newMessage, type StoreContext } from '../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

test('of five attempts the last three', async () => {
  const [one, other] = [newMessage(ctx), newMessage(ctx)];
  await insertMessages(ctx, [{ messages: [one, other] }]);
  for (let attempt = 1; attempt <= 5; attempt++) {
    await claimMessages(ctx, [one, other]);
    const again = { dueAt: ctx.clock.now(), nextSweepAt: ctx.clock.now(), takenNow: false, attempt };
    const said = (name: string) => ({ ...again, transcript: `C: NOOP ${name} ${attempt}\n#: \0\ud800` });
    await recordResults(ctx, [
      endOf(ctx, one.pk, 'deferred', said('one')),
      endOf(ctx, other.pk, 'deferred', attempt === 1 ? said('other') : again),
    ]);
  }
  const found = await findTranscripts(ctx, one.tenantId, one.id);
  expect(found?.attempts.map(({ attempt, lines }) => [attempt, lines.split('\n')[0]])).toEqual([
    [3, 'C: NOOP one 3'],
    [4, 'C: NOOP one 4'],
    [5, 'C: NOOP one 5'],
  ]);
  expect((await findTranscripts(ctx, other.tenantId, other.id))?.attempts).toHaveLength(1);
  await addTenant(ctx, 'neighbour');
  expect(await findTranscripts(ctx, 'neighbour', one.id)).toBeUndefined();

  await deleteMessages(ctx, one.tenantId, [one.id]);
  expect(await ctx.db.read.attemptTranscript.count()).toBe(1);
});

test('an attempt that is no longer this process’s leaves none', async () => {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  await claimMessages(ctx, [message]);
  const end = { dueAt: 1, nextSweepAt: 1, takenNow: false, transcript: 'C: NOOP' };
  await recordResults({ ...ctx, processId: 'another' }, [endOf(ctx, message.pk, 'deferred', end)]);
  expect(await ctx.db.read.attemptTranscript.count()).toBe(0);
});
