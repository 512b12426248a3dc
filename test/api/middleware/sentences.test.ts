// Refusals say what to do: which header, which field, which path, which protocol.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
});

const detailOf = async (method: string, path: string, body?: unknown, token?: string | null) => {
  const answer = await stage.service.api<{ detail: unknown }>(
    method,
    path,
    body,
    token === undefined ? {} : { token },
  );
  return { status: answer.status, detail: answer.body.detail };
};

test('no token and a wrong token are two sentences that name the header', async () => {
  const [none, wrong] = [
    await detailOf('GET', '/tenants', undefined, null),
    await detailOf('GET', '/tenants', undefined, 'x'),
  ];
  expect([none.status, wrong.status]).toEqual([401, 401]);
  expect(none.detail).toMatch(/has no token; send it in the header X-API-Token/);
  expect(wrong.detail).toMatch(/token in the header X-API-Token.* is unknown/);
});

test('a required list or object is shown as it is to be sent', async () => {
  const first = async (method: string, path: string, body: unknown) => {
    const { detail } = await detailOf(method, path, body);
    return (detail as { msg: string }[])[0]?.msg;
  };
  expect(await first('POST', '/commands/add-messages', {})).toBe(
    'messages: required; send {"messages": [...]}',
  );
  expect(await first('POST', '/commands/add-messages', { messages: 'x' })).toMatch(
    /send \{"messages": \[\.\.\.\]\}/,
  );
  expect(await first('POST', '/account', { tenant_id: 'shop', id: 'a', host: 'h' })).toBe('port: required');
  expect(await first('POST', '/tenant', [])).toBe('send a JSON object');
});

test('a tenant that does not exist is not found, by the admin, wherever the query names it', async () => {
  for (const path of ['/messages', '/accounts', '/events', '/account/x', '/messages/x/explain'])
    expect(await detailOf('GET', `${path}?tenant_id=nosuch`)).toEqual({
      status: 404,
      detail: 'tenant not found',
    });
});

test('the log of commands knows no tenant that neither exists nor has entries; a negative limit is too low', async () => {
  expect(await detailOf('GET', '/command-log?tenant_id=nosuch')).toEqual({
    status: 404,
    detail: "Tenant 'nosuch' not found",
  });
  const { status, detail } = await detailOf('GET', '/messages?limit=-1');
  expect([status, JSON.stringify(detail)]).toEqual([422, expect.stringContaining('less than 1')]);
});

test('a path that is not there points to the documentation', async () => {
  expect(await detailOf('GET', '/message')).toEqual({
    status: 404,
    detail: 'There is no such path; /docs shows all of them',
  });
});

test('https to the port of http is answered 400 and logged once, with what to do', async () => {
  for (let i = 0; i < 2; i++) {
    const tls = connectTls({ port: stage.service.port, host: '127.0.0.1' });
    await new Promise((resolve) => tls.once('error', resolve));
  }
  const hello = connect(stage.service.port, '127.0.0.1');
  hello.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5]));
  expect(await text(hello)).toMatch(/^HTTP\/1.1 400 (?:.|\s)*this port speaks http; call it with http:/);
  expect(stage.service.output().match(/A caller speaks https/g)).toHaveLength(1);
});
