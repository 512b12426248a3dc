// A database that is away is told from one that refuses a statement, however its driver says it.
import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { expect, test } from 'vitest';
import { isUnavailable } from '../../../src/store/db/unavailable.js';

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

test('a host whose name is gone, or to which no way leads, is away', async () => {
  // RFC 6761: there is never such a host.
  const client = new pg.Client({ connectionString: 'postgresql://db.invalid/x' });
  const fault: unknown = await client.connect().catch((error: unknown) => error);
  expect(isUnavailable(fault)).toBe(true);
  for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']) {
    expect(isUnavailable(coded(code, `connect ${code}`))).toBe(true);
  }
});

test('a port on which nobody listens is away, by whichever of its addresses', async () => {
  const socket = connect({ host: 'localhost', port: 1 });
  const [fault] = await once(socket, 'connect').catch((error: unknown) => [error]);
  expect(isUnavailable(fault)).toBe(true);
});

test('a statement that is wrong, or refused for what is in it, is not', () => {
  expect(isUnavailable(coded('42P01', 'relation "x" does not exist'))).toBe(false);
  expect(isUnavailable(coded('P2002', 'Unique constraint failed'))).toBe(false);
  expect(isUnavailable(new TypeError('x is not a function'))).toBe(false);
  expect(isUnavailable('ECONNREFUSED')).toBe(false);
});
