// SMTP accounts.
import { expect } from 'vitest';
import { account, because, detail, invalid, missing, notTheirs, ok, type Row } from './row.js';

export const accounts: Row[] = [
  { name: 'an account', call: account('main', { user: 'me', password: 'secret' }), as: 'acme', theirs: ok },
  {
    name: 'the account again, without its login',
    call: account('main'),
    as: 'acme',
    theirs: ok,
    ours: { ...invalid, because: 'contract 6: a change of where the password goes needs it again' },
  },
  {
    name: 'the account again, the login cleared',
    call: account('main', { user: null, password: null }),
    as: 'acme',
    theirs: ok,
  },
  {
    name: 'an account without tenant_id',
    call: account('main', { tenant_id: undefined }),
    theirs: { status: 500 },
    ours: { ...missing('body', 'tenant_id'), because: 'contract 2: what is missing is named' },
  },
  {
    name: 'an account of nobody',
    call: account('main', { tenant_id: 'nobody' }),
    theirs: ok,
    ours: { ...detail(404, 'tenant not found'), because: because.bounds },
  },
  {
    name: 'a port beyond all ports',
    call: account('x', { port: 99_999_999 }),
    theirs: ok,
    ours: { ...invalid, because: because.bounds },
  },
  {
    name: 'a limit below nothing',
    call: account('x', { limit_per_minute: -5 }),
    theirs: ok,
    ours: { ...invalid, because: because.bounds },
  },
  {
    name: 'any limit_behavior',
    call: account('x', { limit_behavior: 'any' }),
    theirs: ok,
    ours: { ...invalid, because: because.bounds },
  },
  { name: 'an account, by another tenant', call: account('main'), as: 'other', theirs: notTheirs },
  {
    name: 'accounts',
    call: ['GET', '/accounts?tenant_id=acme'],
    theirs: {
      status: 200,
      body: {
        ok: true,
        accounts: expect.arrayContaining([
          expect.objectContaining({ id: 'main', is_pec_account: false, imap_port: 993 }),
        ]),
      },
    },
    ours: {
      status: 200,
      body: {
        ok: true,
        accounts: expect.not.arrayContaining([expect.objectContaining({ is_pec_account: false })]),
      },
      because: because.noPec,
    },
  },
  {
    name: 'accounts of nobody',
    call: ['GET', '/accounts?tenant_id=nobody'],
    theirs: { status: 200, body: { ok: true, accounts: [] } },
    ours: { ...detail(404, 'tenant not found'), because: because.unknownTenant },
  },
  {
    name: 'accounts of ""',
    call: ['GET', '/accounts?tenant_id='],
    theirs: detail(400, 'tenant_id is required'),
  },
  { name: 'accounts of whom?', call: ['GET', '/accounts'], theirs: missing('query', 'tenant_id') },
  {
    name: 'no such account',
    call: ['DELETE', '/account/none?tenant_id=acme'],
    theirs: detail(400, 'account not found or not owned by tenant'),
  },
];
