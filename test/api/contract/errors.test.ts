// The answers to calls that cannot be served (contract section 2).
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { rawCall } from '../../support/http/raw-call.js';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, type Misfit, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

const addMessages = '/commands/add-messages';

const raw = (text: string) => rawCall(stage.service.port, text);

describe('an unknown path or method', () => {
  test('is answered 404 as JSON, with and without a token', async () => {
    for (const path of ['/nothing', '/messages/', '/messages/x/y', '/Health', '//health', '/%', '/%00']) {
      for (const token of [ADMIN_TOKEN, null]) {
        const { status, body, headers } = await stage.service.api('GET', path, undefined, { token });
        expect({ path, status, body }).toEqual({
          path,
          status: 404,
          body: { detail: 'There is no such path; /docs shows all of them' },
        });
        expect(headers.get('content-type')).toMatch(/^application\/json/);
      }
    }
  });

  test.each([
    '/messages/%2E%2E/events?tenant_id=shop',
    '/messages/%2e%2E/events',
    '/messages/../events',
    '/messages/.%2e/events?x=/',
    '/messages/x/../../events',
    '/messages/.?tenant_id=shop',
    '/messages/%2e',
    '/messages\\..\\events',
    '/messages/x/..\\..\\events',
    '/account/..?tenant_id=shop',
    '/account/%2e%2e/health',
  ])('is what a path with a dot segment is, which leads to no other route: %s', async (path) => {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Token: ${ADMIN_TOKEN}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).toMatch(/^X-Request-Id: \S+/im);
    expect(answer).toMatch(/\{"detail":"(There is no such path[^"]*|Bad Request)"\}/);
  });

  test('is not what dots elsewhere in a path or query are', async () => {
    const ids = ['...', '.a', 'a.', 'a/../b', '%2e%2e', '/', 'a?b#c', '..\\..'];
    expect((await stage.add(ids.map((id) => message({ id })))).body).toMatchObject({ queued: ids.length });
    for (const id of ids) {
      const path = `/messages/${encodeURIComponent(id)}?tenant_id=shop`;
      const { status, body } = await stage.service.api<{ id: string }>('GET', path);
      expect([id, status, body.id]).toEqual([id, 200, id]);
    }
    expect((await stage.service.api('GET', '/events?tenant_id=shop&x=/../y')).status).toBe(200);
  });

  test('is answered 405 as JSON with the methods that the path takes', async () => {
    const wrong: [string, string, string][] = [
      ['POST', '/health', 'GET, HEAD'],
      ['DELETE', '/ready', 'GET, HEAD'],
      ['PUT', '/messages', 'GET, HEAD'],
      ['PATCH', '/tenant', 'GET, HEAD, POST'],
      ['PATCH', '/account', 'POST'],
      ['GET', addMessages, 'POST'],
      ['OPTIONS', addMessages, 'POST'],
      ['DELETE', '/openapi.json', 'GET, HEAD'],
    ];
    for (const [method, path, allow] of wrong) {
      const { status, body, headers } = await stage.service.api(method, path);
      expect({ method, path, status, body }).toEqual({
        method,
        path,
        status: 405,
        body: { detail: 'Method Not Allowed' },
      });
      expect(headers.get('allow')).toBe(allow);
    }
  });
});

describe('a body', () => {
  test('that is not JSON is answered 422 on every route that takes one', async () => {
    const bodies = [
      '',
      ' ',
      '{',
      '{"messages":[}',
      "{'messages':[]}",
      'messages=1',
      '{"a":1}{"a":1}',
      'NaN',
      '\u0000',
    ];
    for (const path of ['/tenant', '/account', addMessages]) {
      for (const given of bodies) {
        const { status, body } = await stage.service.api<Misfit>('POST', path, given);
        expect({ path, given, status }).toEqual({ path, given, status: 422 });
        expect(body.detail).toEqual([{ loc: ['body'], msg: 'is not JSON', type: 'json_invalid' }]);
      }
    }
  });

  test('that is missing altogether is answered 422', async () => {
    expect((await stage.service.api('POST', addMessages)).status).toBe(422);
  });

  test('that is not UTF-8 is answered 422 instead of being stored with other characters', async () => {
    const body = Buffer.from(JSON.stringify({ messages: [message({ subject: 'Grüße' })] }), 'latin1');
    const response = await fetch(stage.service.url + addMessages, {
      method: 'POST',
      headers: { 'x-api-token': ADMIN_TOKEN },
      body,
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      detail: [{ loc: ['body'], msg: 'is not UTF-8', type: 'json_invalid' }],
    });
  });

  test('that is JSON of another shape is answered 422 with the place', async () => {
    const wrong: [string, (string | number)[][], string][] = [
      ['null', [['body']], 'dict_type'],
      ['[]', [['body']], 'dict_type'],
      ['"text"', [['body']], 'dict_type'],
      ['{}', [['body', 'messages']], 'missing'],
      ['{"messages":null}', [['body', 'messages']], 'list_type'],
      ['{"messages":{}}', [['body', 'messages']], 'list_type'],
      ['{"messages":[1,{},"x",null,[]]}', [0, 2, 3, 4].map((n) => ['body', 'messages', n]), 'dict_type'],
      ['{"messages":[],"default_priority":"soon"}', [['body', 'default_priority']], 'value_error'],
    ];
    for (const [given, places, type] of wrong) {
      const { status, body } = await stage.service.api<Misfit>('POST', addMessages, given);
      expect({ given, status }).toEqual({ given, status: 422 });
      expect(body.detail.map(({ loc }) => loc)).toEqual(places);
      expect(body.detail[0]?.type).toBe(type);
    }
  });

  test('with several faults is answered with all of them, each with loc, msg and type', async () => {
    const { status, body } = await stage.service.api<Misfit>('POST', '/account', {
      tenant_id: 'shop',
      host: 'a b',
      port: 'x',
      ttl: -1,
      use_tls: 'perhaps',
      limit_behavior: 'explode',
    });
    expect(status).toBe(422);
    expect(Object.fromEntries(body.detail.map(({ loc, type }) => [loc.join('.'), type]))).toEqual({
      'body.id': 'missing',
      'body.host': 'value_error',
      'body.port': 'int_type',
      'body.ttl': 'greater_than_equal',
      'body.use_tls': 'bool_type',
      'body.limit_behavior': 'literal_error',
    });
    for (const fault of body.detail) {
      expect(Object.keys(fault).sort()).toEqual(['loc', 'msg', 'type']);
      expect(fault.msg).not.toBe('');
    }
  });

  test('is read as JSON whatever its Content-Type says, or without one', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/json; charset=latin1',
      'nonsense',
    ]) {
      const { status, body } = await stage.service.api(
        'POST',
        addMessages,
        { messages: [message()] },
        {
          headers: { 'content-type': type },
        },
      );
      expect({ type, status, body }).toEqual({
        type,
        status: 200,
        body: { ok: true, queued: 1, rejected: [] },
      });
    }
    const json = JSON.stringify({ messages: [message()] });
    const answer = await raw(
      `POST ${addMessages} HTTP/1.1\r\nHost: localhost\r\nX-API-Token: ${ADMIN_TOKEN}\r\n` +
        `Content-Length: ${json.length}\r\nConnection: close\r\n\r\n${json}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"queued":1');
  });

  test('may begin with a byte order mark', async () => {
    const { status } = await stage.service.api('POST', addMessages, '\uFEFF{"messages":[]}');
    expect(status).toBe(200);
  });
});

test('A call that is cut off in the middle of its body queues nothing and is not logged as a fault', async () => {
  const cut = message();
  const json = JSON.stringify({ messages: [cut] });
  await new Promise<void>((resolve) => {
    const socket = connect(stage.service.port, '127.0.0.1', () => {
      socket.write(
        `POST ${addMessages} HTTP/1.1\r\nHost: localhost\r\nX-API-Token: ${ADMIN_TOKEN}\r\n` +
          `Content-Length: ${json.length + 1}\r\n\r\n${json}`,
        () => setTimeout(() => socket.destroy(), 200),
      );
    });
    socket.on('close', () => resolve());
  });
  expect((await stage.add([message()])).body.queued).toBe(1);
  const { body } = await stage.list({ tenant_id: 'shop' });
  expect(body.messages.map(({ id }) => id)).not.toContain(cut.id);
  expect(stage.service.output()).not.toContain('A request failed');
});
