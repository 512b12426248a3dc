// Commands over messages, and the installation.
import { expect } from 'vitest';
import { adminOnly, because, detail, invalid, missing, notTheirs, ok, type Row } from './row.js';

const suspended = (codes: string[], pending: number, batch?: string) => ({
  status: 200,
  body: {
    ok: true,
    tenant_id: 'acme',
    ...(batch && { batch_code: batch }),
    suspended_batches: codes,
    pending_messages: pending,
  },
});
export const commands: Row[] = [
  {
    name: 'suspend a batch',
    call: ['POST', '/commands/suspend?tenant_id=acme&batch_code=april'],
    as: 'acme',
    theirs: suspended(['april'], 0, 'april'),
  },
  {
    name: 'suspend',
    call: ['POST', '/commands/suspend?tenant_id=acme'],
    as: 'acme',
    theirs: suspended(['*'], 4),
  },
  {
    name: 'activate a batch of a suspended tenant',
    call: ['POST', '/commands/activate?tenant_id=acme&batch_code=april'],
    theirs: detail(400, 'tenant not found or cannot activate single batch from full suspension'),
  },
  { name: 'activate', call: ['POST', '/commands/activate?tenant_id=acme'], theirs: suspended([], 4) },
  {
    name: 'suspend nobody',
    call: ['POST', '/commands/suspend?tenant_id=nobody'],
    theirs: detail(400, 'tenant not found'),
  },
  {
    name: 'activate nobody',
    call: ['POST', '/commands/activate?tenant_id=nobody'],
    theirs: detail(400, 'tenant not found or cannot activate single batch from full suspension'),
  },
  {
    name: 'suspend another tenant',
    call: ['POST', '/commands/suspend?tenant_id=acme'],
    as: 'other',
    theirs: suspended(['*'], 4),
    ours: { ...notTheirs, because: because.isolated },
  },
  {
    name: 'suspend whom?',
    call: ['POST', '/commands/suspend'],
    theirs: missing('query', 'tenant_id'),
  },
  {
    name: 'activate whom?',
    call: ['POST', '/commands/activate'],
    theirs: missing('query', 'tenant_id'),
  },
  {
    name: 'suspend a misspelt tenant',
    call: ['POST', '/commands/suspend?tenant_id=acme&batchcode=april'],
    theirs: suspended(['*'], 4),
    ours: { ...invalid, because: 'contract 3: what nobody knows must not stop more than was meant' },
  },
  {
    name: 'delete what is not there',
    call: ['POST', '/commands/delete-messages?tenant_id=acme', { ids: ['m2', 'sent', 'none'] }],
    as: 'acme',
    theirs: { status: 200, body: { ok: true, removed: 2, not_found: [], unauthorized: ['none'] } },
    ours: {
      status: 200,
      body: { ok: true, removed: 2, not_found: ['none'] },
      because: 'nobody learns whether an id is another tenant’s or nobody’s: not_found names both',
    },
  },
  {
    name: 'delete nothing',
    call: ['POST', '/commands/delete-messages?tenant_id=acme', {}],
    theirs: { status: 200, body: { ok: true, removed: 0, not_found: [], unauthorized: [] } },
    ours: {
      status: 200,
      body: { ok: true, removed: 0 },
      because: 'contract 3: both lists are there when they hold something',
    },
  },
  {
    name: 'delete as another tenant',
    call: ['POST', '/commands/delete-messages?tenant_id=acme', { ids: ['m1'] }],
    as: 'other',
    theirs: notTheirs,
  },
  {
    name: 'clean up',
    call: ['POST', '/commands/cleanup-messages?tenant_id=acme', {}],
    as: 'acme',
    theirs: { status: 200, body: { ok: true, removed: 0 } },
  },
  {
    name: 'clean up without a body',
    call: ['POST', '/commands/cleanup-messages?tenant_id=acme'],
    theirs: invalid,
    ours: {
      status: 200,
      body: { ok: true, removed: 0 },
      because: 'contract 3: older_than_seconds may be left out',
    },
  },
  { name: 'the account deleted', call: ['DELETE', '/account/main?tenant_id=acme'], as: 'acme', theirs: ok },
];

export const instance: Row[] = [
  {
    name: 'the instance',
    call: ['GET', '/instance'],
    theirs: {
      status: 200,
      body: expect.objectContaining({
        id: 1,
        name: 'mail-proxy',
        bounce_enabled: false,
        bounce_imap_port: 993,
        bounce_imap_folder: 'INBOX',
        bounce_poll_interval: 60,
      }),
    },
  },
  { name: 'its name', call: ['PUT', '/instance', { name: 'Post' }], theirs: ok },
  { name: 'by a tenant', call: ['GET', '/instance'], as: 'acme', theirs: adminOnly },
  {
    name: 'no mailbox to read',
    call: ['POST', '/instance/reload-bounce'],
    theirs: { status: 400, body: { detail: expect.any(String) } },
  },
  {
    name: 'the log of commands',
    call: ['GET', '/command-log?limit=2'],
    theirs: {
      status: 200,
      body: expect.objectContaining({
        ok: true,
        total: 2,
        commands: Array(2).fill(
          expect.objectContaining({
            id: expect.any(Number),
            command_ts: expect.any(Number),
            endpoint: expect.any(String),
            response_status: expect.any(Number),
          }),
        ),
      }),
    },
  },
  {
    name: 'the log of one endpoint',
    call: ['GET', '/command-log?endpoint_filter=addTenant&limit=1'],
    theirs: {
      status: 200,
      body: expect.objectContaining({ commands: [expect.objectContaining({ endpoint: 'addTenant' })] }),
    },
  },
  {
    name: 'the log, to be replayed',
    call: ['GET', '/command-log/export'],
    theirs: { status: 200, body: { ok: true, commands: expect.any(Array) } },
  },
  { name: 'the log, by a tenant', call: ['GET', '/command-log'], as: 'acme', theirs: adminOnly },
];
