// An application that keeps its mails in a file, hands them in when mail-proxy calls, and records the result of each.
//
//   PROXY_URL=http://127.0.0.1:8000 PROXY_TOKEN=<the tenant's token> SYNC_TOKEN=<client_auth.token of the tenant> \
//   OUTBOX=outbox.jsonl RESULTS=results.jsonl PORT=9000 node client.mjs
//
// OUTBOX: one mail a line, as add-messages takes it, with an id. RESULTS: one event a line.
// The tenant has client_base_url http://<this host>:9000 and client_auth {"method": "bearer", "token": SYNC_TOKEN}.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PROXY_URL, PROXY_TOKEN, SYNC_TOKEN, OUTBOX, RESULTS, PORT = '9000', BATCH = '100' } = process.env;
for (const [name, value] of Object.entries({ PROXY_URL, PROXY_TOKEN, SYNC_TOKEN, OUTBOX, RESULTS })) {
  if (!value) throw new Error(`${name} is not set`);
}

const waiting = linesOf(OUTBOX);
// An event may come twice; one that is recorded already is ignored.
const seen = new Set(linesOf(RESULTS).map(({ event_id }) => event_id));

function linesOf(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Hands in the next mails. A mail that is handed in again, after a restart or a lost answer, is not sent twice. */
async function handIn() {
  const batch = waiting.slice(0, Number(BATCH));
  if (batch.length === 0) return;
  const response = await fetch(`${PROXY_URL}/commands/add-messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-token': PROXY_TOKEN },
    body: JSON.stringify({ messages: batch }),
    signal: AbortSignal.timeout(20_000),
  });
  const answer = await response.json();
  // 400 means that every mail was rejected. After any other answer the same mails are handed in again at the next call.
  if (response.status !== 200 && response.status !== 400) throw new Error(JSON.stringify(answer));
  for (const refused of answer.rejected ?? answer.detail?.rejected ?? []) {
    if (refused.reason !== 'already sent') record({ refused });
  }
  waiting.splice(0, batch.length);
}

function record(result) {
  appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
}

function recordNew(entries) {
  for (const entry of entries) {
    if (seen.has(entry.event_id)) continue;
    record(entry);
    seen.add(entry.event_id);
  }
}

async function answer(request) {
  if (request.headers.authorization !== `Bearer ${SYNC_TOKEN}`) return [401, { ok: false }];
  if (request.method !== 'POST' || request.url !== '/mail-proxy/sync') return [404, { ok: false }];
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { delivery_report: entries = [] } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  recordNew(entries);
  await handIn();
  // With `queued` above 0 mail-proxy calls again at once, until the outbox is empty.
  return [200, { ok: true, queued: waiting.length }];
}

createServer(async (request, response) => {
  // After a 500 mail-proxy sends the same report again later.
  const [status, body] = await answer(request).catch((error) => [500, { ok: false, detail: error.message }]);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}).listen(Number(PORT), () => console.log(`waiting for mail-proxy on port ${PORT}`));
