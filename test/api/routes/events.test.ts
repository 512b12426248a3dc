// The event log over HTTP: which callers read which events, the pages, and the input that is refused.
import { beforeAll, expect, test } from 'vitest';
import type { ApiAnswer } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

interface EventPage {
  ok: boolean;
  events: { event_id: number; event_type: string; id: string; pk: string }[];
  next: number;
  more: boolean;
}

let stage: ApiStage;
let key: string;
beforeAll(async () => {
  stage = await setApiStage();
  key = await stage.tenant('shop');
  await stage.tenant('other');
  await stage.account('shop', 'main');
  const waiting = Array.from({ length: 5 }, (_, i) => message({ id: `e${i}`, account_id: 'main' }));
  expect((await stage.add(waiting)).body.queued).toBe(5);
});

const read = (query: string, token = key): Promise<ApiAnswer<EventPage>> =>
  stage.service.api<EventPage>('GET', `/events?${query}`, undefined, { token });

test('a tenant reads its events page by page, and the last cursor leads to new events', async () => {
  const ids: string[] = [];
  const pages: boolean[] = [];
  let next = 0;
  for (let more = true; more; ) {
    const { status, body } = await read(`types=queued&limit=2&after=${next}`);
    expect(status).toBe(200);
    ids.push(...body.events.map(({ id }) => id));
    pages.push(body.more);
    ({ next, more } = body);
  }
  expect(ids).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
  expect(pages).toEqual([true, true, false]);
  expect((await read(`types=queued&after=${next}`)).body).toEqual({
    ok: true,
    events: [],
    next,
    more: false,
  });
  await stage.add([message({ id: 'e5', account_id: 'main' })]);
  expect((await read(`types=queued&after=${next}`)).body.events).toMatchObject([
    { id: 'e5', event_type: 'queued' },
  ]);
  expect((await read('')).body.events).toEqual([]);
});

test('the admin names the tenant; a tenant with nothing has no events', async () => {
  const asAdmin = (query: string) => stage.service.api<EventPage>('GET', `/events?${query}`);
  expect((await asAdmin('tenant_id=shop&types=queued')).body.events.length).toBeGreaterThanOrEqual(5);
  expect((await asAdmin('tenant_id=other&types=queued')).body.events).toEqual([]);
  expect((await asAdmin('types=queued')).status).toBe(422);
});

test.each([
  ['after', '-1'],
  ['after', 'x'],
  ['after', '9'.repeat(16)],
  ['limit', '0'],
  ['types', ''],
  ['types', 'sent,'],
  ['types', "sent'"],
  ['types', 'x'.repeat(501)],
])('a call with %s=%s is a 422 that names it', async (name, value) => {
  const { status, body } = await read(`${name}=${encodeURIComponent(value)}`);
  expect({ status, body }).toMatchObject({ status: 422, body: { detail: [{ loc: ['query', name] }] } });
});
