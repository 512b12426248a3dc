// A report handler that takes its time holds room for what it was given, as an endpoint does, and others wait for that room.
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { openMemory } from '../../../src/memory.js';
import type { Poster, PostResult } from '../../../src/report/post.js';
import { reportTenant } from '../../../src/report/report-tenant.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import { addTenant, endOf, freshStore, newMessage } from '../../support/stage/open-store.js';

const poster: Poster = {
  post: () => Promise.reject(new Error('a report handler takes the place of endpoints')),
  close: () => undefined,
};

test('a batch holds its room until the handler has returned; meanwhile another is told to come again', async () => {
  const { ctx } = await freshStore();
  for (const tenantId of ['slow', 'other']) {
    await addTenant(ctx, tenantId);
    const message = newMessage(ctx, { tenantId });
    await insertMessages(ctx, [{ messages: [message] }]);
    await claimMessages(ctx, [message]);
    await recordResults(ctx, [endOf(ctx, message.pk, 'failed', { error: 'x'.repeat(1_000_000) })]);
  }
  const released: (() => void)[] = [];
  const handled: string[] = [];
  const reporting = {
    ...ctx,
    memory: openMemory(
      { after: (_, task) => systemClock.after(200, task) },
      { maxPayloadsMb: 2, maxBodyMb: 1, attachmentSpoolMb: 1 },
    ),
    reportHandler: (tenantId: string) => {
      handled.push(tenantId);
      return new Promise<PostResult & { kind: 'acknowledged' }>((resolve) => {
        released.push(() => resolve({ kind: 'acknowledged', answer: '' }));
      });
    },
  };
  const signals = { stop: new AbortController().signal, cut: new AbortController().signal };
  const report = (tenantId: string) => reportTenant(reporting, poster, tenantId, 'events', signals);
  const slow = report('slow');
  await expect.poll(() => handled).toEqual(['slow']);
  expect(await report('other')).toMatchObject({ kind: 'not_attempted' });
  released.pop()?.();
  expect(await slow).toMatchObject({ kind: 'done', reported: 1 });
  const other = report('other');
  await expect.poll(() => handled).toEqual(['slow', 'other']);
  released.pop()?.();
  expect(await other).toMatchObject({ kind: 'done', reported: 1 });
});
