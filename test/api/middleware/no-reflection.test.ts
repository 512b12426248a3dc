// A refusal does not repeat text of the caller, so that an attacker cannot have it shown to other people.
import { beforeAll, expect, test } from 'vitest';
import { type OpenApiDocument, operationsOf, resolved } from '../../support/http/openapi-document.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

interface Refusal {
  detail?: { rejected?: { id?: string }[] };
}

let stage: ApiStage;
let shopKey: string;
beforeAll(async () => {
  stage = await setApiStage();
  shopKey = await stage.tenant('shop');
});

test('No answer repeats a token, a path or a tenant that was sent', async () => {
  const marker = 'reflect-me-7f3a';
  const answers = [
    await stage.service.api('GET', '/status', undefined, { token: marker }),
    await stage.service.api('GET', `/${marker}`),
    await stage.service.api('GET', `/${marker}`, undefined, { token: null }),
    await stage.service.api('DELETE', `/messages?x=${marker}`),
    await stage.list({ tenant_id: marker }, { token: shopKey }),
    await stage.service.api('POST', '/account', { id: 'a', tenant_id: marker, host: 'h', port: 1 }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 404, 404, 405, 401, 404]);
  for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(marker);
});

test('No refusal repeats the text of any field, key, query, header or path of any route', async () => {
  const marker = '<b onload=reflect()>';
  const found: string[] = [];
  const { body: document } = await stage.service.api<OpenApiDocument>('GET', '/openapi.json');
  const look = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await stage.service.api<Refusal>(method, path, body, { headers });
    // The id is what tells the caller which of the messages was rejected.
    for (const one of answer.body?.detail?.rejected ?? []) delete one.id;
    const text = JSON.stringify(answer.body) + JSON.stringify([...answer.headers]);
    if (answer.status >= 400 && text.includes('reflect')) found.push(`${method} ${path}: ${text}`);
  };
  for (const { name, operation } of operationsOf(document)) {
    const [method = '', path = ''] = name.split(' ');
    const address = path.replace('{id}', encodeURIComponent(marker));
    const schema = operation.requestBody?.content['application/json']?.schema;
    const fields = Object.keys((schema && resolved(document, schema).properties) ?? {});
    const query = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
    await look(method, address);
    await look(method, `${address}?tenant_id=shop&${encodeURIComponent(marker)}=1`);
    for (const one of query) await look(method, `${address}?${one}=${encodeURIComponent(marker)}`);
    for (const header of ['x-request-id', 'idempotency-key', 'authorization', 'origin'])
      await look(method, address, undefined, { [header]: marker });
    if (method === 'GET') continue;
    await look(method, address, { [marker]: marker });
    for (const field of fields) {
      for (const value of [marker, [marker], { [marker]: marker }, [{ [marker]: marker }]])
        await look(method, address, { [field]: value });
    }
  }
  const message = { id: 'm', tenant_id: 'shop', from: 'a@example.com', to: 'b@example.com', subject: 's' };
  for (const field of [
    ...Object.keys(message),
    'headers',
    'priority',
    'deferred_ts',
    'batch_code',
    'message_id',
  ]) {
    for (const value of [marker, [marker], { [marker]: `${marker}\n` }, { 'X-Reflect': [marker] }])
      await look('POST', '/commands/add-messages', { messages: [{ ...message, [field]: value }] });
  }
  expect(found).toEqual([]);
});
