// The stand-in application records what it gets and answers as told.
import { afterEach, expect, test } from 'vitest';
import { type ReportApp, type ReportAppOptions, startReportApp } from './report-app.js';

let app: ReportApp;
afterEach(() => app.stop());

async function start(options?: ReportAppOptions): Promise<ReportApp> {
  app = await startReportApp(options);
  return app;
}

function post(path: string, body: unknown, timeoutMs = 5000): Promise<Response> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { 'content-type': 'application/json', authorization: 'Bearer t' };
  return fetch(app.url + path, { method: 'POST', body: JSON.stringify(body), headers, signal });
}

test('records calls and flattens their report entries', async () => {
  await start();
  const entry = app.waitForEntry(({ id }) => id === 'b');
  const response = await post('/sync?x=1', { delivery_report: [{ id: 'a' }, { id: 'b', sent_ts: 1 }] });

  expect(await response.json()).toEqual({ ok: true });
  expect(await entry).toEqual({ id: 'b', sent_ts: 1 });
  expect(app.calls[0]).toMatchObject({
    method: 'POST',
    path: '/sync?x=1',
    headers: { authorization: 'Bearer t' },
  });
  await expect(app.waitForEntry(({ id }) => id === 'c', { timeoutMs: 30 })).rejects.toThrow('"id":"a"');
});

test('answers as told: status, body, silence, a cut, a body without end', async () => {
  await start({
    answer: (_call, n) =>
      [undefined, { status: 503, body: { error: 'x' } }, { hang: true }, { drop: true }, { endless: true }][
        n
      ],
  });
  const failed = await post('/', {});
  expect([failed.status, await failed.json()]).toEqual([503, { error: 'x' }]);
  await expect(post('/', {}, 100)).rejects.toThrow(/timeout/);
  await expect(post('/', {})).rejects.toThrow('fetch failed');
  const reader = (await post('/', {})).body!.getReader();
  let bytes = 0;
  while (bytes < 1_000_000) bytes += (await reader.read()).value!.length;
  await reader.cancel();
  expect(app.calls).toHaveLength(4);
});

test('comes back on the same port', async () => {
  const { port, stop } = await start({ answer: () => ({ hang: true }) });
  const unanswered = post('/', {}).catch(() => 'cut');
  await app.waitFor(({ calls }) => calls.length === 1);
  await stop();
  expect(await unanswered).toBe('cut');
  await start({ port });
  expect((await post('/', {})).status).toBe(200);
});
