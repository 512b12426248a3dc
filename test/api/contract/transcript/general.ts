// The behaviour that every client meets: tokens, errors and the state of the service.
import { expect } from 'vitest';
import { because, detail, noToken, ok, type Row } from './row.js';

export const general: Row[] = [
  {
    name: 'health',
    call: ['GET', '/health'],
    as: 'nobody',
    theirs: { status: 200, body: { status: 'ok' } },
    ours: {
      status: 200,
      body: { status: 'ok', ok: true, version: expect.any(String) },
      because: because.fields,
    },
  },
  {
    name: 'metrics',
    call: ['GET', '/metrics'],
    as: 'nobody',
    theirs: { status: 200, body: expect.stringContaining('gmp_pending_messages') },
  },
  {
    name: 'no such path',
    call: ['GET', '/nothing'],
    theirs: detail(404, 'There is no such path; /docs shows all of them'),
  },
  { name: 'no such method', call: ['GET', '/commands/run-now'], theirs: detail(405, 'Method Not Allowed') },
  { name: 'status without a token', call: ['GET', '/status'], as: 'nobody', theirs: noToken },
  { name: 'status with a wrong one', call: ['GET', '/status'], as: 'wrong', theirs: noToken },
  {
    name: 'status',
    call: ['GET', '/status'],
    as: 'acme',
    theirs: { status: 200, body: { ok: true, active: true } },
    ours: {
      status: 200,
      body: {
        ok: true,
        active: true,
        scheduler_active: true,
        redis: 'ok',
        pending_messages: 0,
        uptime_seconds: expect.any(Number),
      },
      because: because.fields,
    },
  },
  { name: 'run-now', call: ['POST', '/commands/run-now'], as: 'acme', theirs: ok },
  {
    name: 'no JSON',
    call: ['POST', '/tenant', '{'],
    theirs: {
      status: 422,
      body: {
        detail: [{ type: 'json_invalid', loc: ['body', 1], msg: 'JSON decode error', input: {}, ctx: {} }],
      },
    },
    ours: {
      status: 422,
      body: { detail: [{ type: 'json_invalid', loc: ['body'], msg: expect.any(String) }] },
      because: 'contract 2: loc, msg and type; what was sent is not repeated',
    },
  },
];
