// The pace of an account is that of its own last sends, as far as they are recent.
import { beforeEach, expect, test } from 'vitest';
import { msBetweenSends } from '../../../src/store/listing/position.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { addTenant, freshStore, newMessage, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

/** Stores messages that were sent so many milliseconds ago. */
async function sent(accountId: string | null, ...agos: number[]): Promise<void> {
  const messages = agos.map(() => newMessage(ctx, { accountId }));
  await insertMessages(ctx, [{ messages }]);
  await ctx.db.writeModels((models) =>
    messages.map(({ pk }, i) =>
      models.message.update({
        where: { pk },
        data: { status: 'sent', nextSweepAt: null, sentAt: BigInt(ctx.clock.now() - (agos[i] ?? 0)) },
      }),
    ),
  );
}

const pace = (accountId: string | null) => msBetweenSends(ctx, { tenantId: 'shop', accountId });

test('five sends in 800 ms are 200 ms apart, whatever was sent before the last minute or by others', async () => {
  expect(await pace('main')).toBeUndefined();
  await sent('main', 90_000, 80_000);
  expect(await pace('main')).toBeUndefined();
  await sent('main', 30_800, 30_600, 30_400, 30_200, 30_000);
  await sent(null, 10, 20, 30);
  expect(await pace('main')).toBe(200);
  expect(await pace(null)).toBe(10);
});
