// First come first served holds over restarts, kills and a Redis that is emptied while new messages keep coming.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { type GatedSink, gatedSink } from '../../support/servers/gated-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

const settings = { GMP_MAX_CONCURRENT_PER_ACCOUNT: '1', GMP_IN_DOUBT_GRACE_SECONDS: '1' };
const patience = { timeoutMs: 90_000 };

// What a killed process had in hand comes back after 15 s.
vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
let service: Service;
let sink: GatedSink;
let tenant: Tenant;
beforeEach(async () => {
  stage = await setStage();
  sink = await gatedSink(stage, 20);
  service = await stage.service(settings);
  tenant = await addTenant(service, 'acme', { server: sink });
});

const numbers = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

test('over a stop and a kill: only what was in hand at the kill comes late', async () => {
  await tenant.handIn(service, mails('m', 80));
  await sink.waitFor(20);
  await service.term();
  const stopped = sink.ids();
  expect(stopped).toEqual(numbers('m', stopped.length));
  const killed = await stage.program(settings);
  await sink.waitFor(stopped.length + 20);
  await killed.kill();
  service = await stage.service(settings);
  await tenant.handIn(service, mails('more', 10));
  await sink.waitFor((messages) => new Set(messages.map(({ id }) => id)).size === 90, patience);
  // What the killed process had in hand is found late: what was on the wire, or what it had just taken off the queue.
  const handedIn = [...numbers('m', 80), ...numbers('more', 10)];
  const came = [...new Set(sink.ids())];
  const late = handedIn.filter((id) => came.indexOf(id) > handedIn.indexOf(id));
  expect(late.length).toBeLessThanOrEqual(2);
  expect(came.filter((id) => !late.includes(id))).toEqual(handedIn.filter((id) => !late.includes(id)));
});

test('over two losses of all that Redis holds, with a new message every moment', async () => {
  await tenant.handIn(service, mails('m', 60));
  const handedIn = numbers('m', 60);
  for (let n = 1; n <= 60; n++) {
    if (n === 15 || n === 40) await stage.emptyRedis();
    await tenant.handIn(service, [mail(`new-${n}`)]);
    handedIn.push(`new-${n}`);
  }
  await sink.waitFor((messages) => new Set(messages.map(({ id }) => id)).size === 120, patience);
  // Answered just before the loss, these may reach the queue just after it, when it is empty: then they go first.
  const onTheWay = ['new-14', 'new-39'];
  const ordered = (ids: (string | undefined)[]) => ids.filter((id) => !onTheWay.includes(id ?? ''));
  expect(ordered(sink.ids())).toEqual(ordered(handedIn));
  expect(sink.ids()).toHaveLength(120);
});
