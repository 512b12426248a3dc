// A message to more recipients than the server takes at once reaches all of them at once, and that is no failure.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service(settings);
});

// No retry would come in time.
const settings = { GMP_RETRY_DELAYS: '3600', GMP_MAX_RETRIES: '1' };
const people = Array.from({ length: 10 }, (_one, n) => `r${n}@example.com`);

test.each([
  ['plain', 552, '5.5.3 Maximum limit of 3 recipients reached', {}],
  ['bare', 452, 'Too many recipients', {}],
  ['limited', 452, '4.5.3 Error: too many recipients', { limit_per_minute: 100 }],
  ['held', 550, '5.5.3 Too many recipients', { on_in_doubt: 'hold' }],
])('%s: 10 recipients at a server that takes 3', async (id, code, message, account) => {
  const taken = new Map<string, number>();
  const sink = await stage.sink({
    onMail: (_address, { id: session }) => {
      taken.set(session, 0);
      return undefined;
    },
    onRcpt: (_address, _attempt, { id: session }) => {
      const n = (taken.get(session) ?? 0) + 1;
      taken.set(session, n);
      return n > 3 ? { code, message } : undefined;
    },
  });
  const tenant = await addTenant(service, id, { server: sink, account });
  await tenant.handIn(service, [mail('m', { to: people })]);
  const sent = await tenant.until(service, 'm', ({ status }) => status === 'sent');
  expect(sent.retry_count).toBe(0);
  expect(sent.history.filter(({ event_type }) => !['queued', 'sent'].includes(event_type))).toEqual([]);
  expect(sink.messages.map(({ rcptTo }) => rcptTo.length)).toEqual([3, 3, 3, 1]);
  expect(sink.messages.flatMap(({ rcptTo }) => rcptTo).sort()).toEqual(people);
});

test('the number is known after a restart', async () => {
  const seen = { offered: 0, refused: 0 };
  const sink = await stage.sink({
    onMail: () => {
      seen.offered = 0;
      return undefined;
    },
    onRcpt: () => {
      seen.offered += 1;
      if (seen.offered <= 3) return undefined;
      seen.refused += 1;
      return { code: 452, message: '4.5.3 Error: too many recipients' };
    },
  });
  const tenant = await addTenant(service, 'again', { server: sink, account: { max_connections: 1 } });
  await tenant.handIn(service, [mail('m', { to: people })]);
  await tenant.until(service, 'm', ({ status }) => status === 'sent');
  expect(seen.refused).toBe(people.length - 3);

  await service.term();
  const again = await stage.service(settings);
  await tenant.handIn(again, [mail('n', { to: people })]);
  await tenant.until(again, 'n', ({ status }) => status === 'sent');
  expect(seen.refused).toBe(people.length - 3);
  expect(sink.messages.map(({ rcptTo }) => rcptTo.length)).toEqual([3, 3, 3, 1, 3, 3, 3, 1]);
});
