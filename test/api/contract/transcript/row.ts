// A call of a client of genro-mail-proxy 0.6.10, the recorded answer, and where mail-proxy differs on purpose. Also the
// answers and calls that several rows share.
import { expect } from 'vitest';
import { FAR } from '../../../support/stage/api-stage.js';

export interface Answer {
  status: number;
  /** undefined: not looked at. */
  body?: unknown;
}

export interface Row {
  name: string;
  call: [method: string, path: string, body?: unknown];
  /** Default: the admin's. */
  as?: 'acme' | 'other' | 'nobody' | 'wrong';
  /** The message is to be sent before the next call. */
  untilSent?: true;
  theirs: Answer;
  /** Absent: the same. */
  ours?: Answer & { because: string };
}

export const ok = { status: 200, body: { ok: true } };
export const detail = (status: number, text: string) => ({ status, body: { detail: text } });
export const missing = (where: string, field: string) => ({
  status: 422,
  body: { detail: [expect.objectContaining({ type: 'missing', loc: [where, field] })] },
});
export const invalid = { status: 422, body: { detail: expect.any(Array) } };
export const token = expect.stringMatching(/^[\w-]{43}$/);
export const noToken = {
  status: 401,
  body: { detail: expect.stringContaining('X-API-Token') },
};
export const notTheirs = detail(401, 'Token not authorized for this tenant');
export const adminOnly = detail(403, 'Admin token required, tenant tokens not allowed for this operation');
export const queued = (n: number, rejected: object[] = []) => ({
  status: 200,
  body: { ok: true, queued: n, rejected },
});
export const refused = (...reasons: [id: string | null, reason: unknown][]) => ({
  status: 400,
  body: { detail: { error: expect.any(String), rejected: reasons.map(([id, reason]) => ({ id, reason })) } },
});

export const message = (id: string, fields: object = {}) => ({
  id,
  tenant_id: 'acme',
  account_id: 'main',
  from: 'a@example.com',
  to: ['b@example.org'],
  subject: 'Hello',
  body: 'Hi',
  deferred_ts: FAR,
  ...fields,
});
export const add = (...messages: object[]): Row['call'] => ['POST', '/commands/add-messages', { messages }];
export const account = (id: string, fields: object = {}): Row['call'] => [
  'POST',
  '/account',
  { id, tenant_id: 'acme', host: '127.0.0.1', port: 9, ...fields },
];

export const because = {
  unknownTenant: 'a tenant that does not exist is told, so that a misspelt name is noticed',
  bounds: 'contract 6: settings that cannot work are refused where they are made',
  isolated: 'contract 1: no tenant can touch what is another’s',
  each: 'contract 4: each message stands alone, a bad one costs no other',
  fields: 'contract 3 asks for more to be shown',
  noPec: 'certified mail (PEC) is no part of the contract',
};
