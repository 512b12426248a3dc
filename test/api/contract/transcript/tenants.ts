// Tenants and their keys.
import { expect } from 'vitest';
import {
  adminOnly,
  because,
  detail,
  invalid,
  missing,
  noToken,
  notTheirs,
  ok,
  type Row,
  token,
} from './row.js';

export const tenants: Row[] = [
  {
    name: 'a new tenant',
    call: ['POST', '/tenant', { id: 'spare' }],
    theirs: { status: 200, body: { ok: true, api_key: token } },
  },
  { name: 'the tenant again', call: ['POST', '/tenant', { id: 'spare', name: 'Spare' }], theirs: ok },
  {
    name: 'a tenant of any id',
    call: ['POST', '/tenant', { id: 'a b!' }],
    theirs: { status: 200 },
    ours: { ...invalid, because: because.bounds },
  },
  { name: 'a tenant without id', call: ['POST', '/tenant', {}], theirs: missing('body', 'id') },
  { name: 'a tenant, by a tenant', call: ['POST', '/tenant', { id: 'x' }], as: 'acme', theirs: adminOnly },
  {
    name: 'a tenant, by nobody',
    call: ['POST', '/tenant', { id: 'x' }],
    as: 'nobody',
    theirs: detail(401, 'Admin token required'),
    ours: { ...noToken, because: 'contract 1: no token is the same on every route' },
  },
  {
    name: 'tenants',
    call: ['GET', '/tenants'],
    theirs: { status: 200, body: { ok: true, tenants: expect.any(Array) } },
  },
  {
    name: 'tenants, active only',
    call: ['GET', '/tenants?active_only=true'],
    theirs: { status: 200, body: { ok: true, tenants: expect.any(Array) } },
  },
  { name: 'active only, perhaps', call: ['GET', '/tenants?active_only=perhaps'], theirs: invalid },
  {
    name: 'sync-status',
    call: ['GET', '/tenants/sync-status'],
    theirs: { status: 200, body: { ok: true, tenants: expect.any(Array), sync_interval_seconds: 300 } },
  },
  {
    name: 'one tenant',
    call: ['GET', '/tenant/spare'],
    theirs: { status: 200, body: expect.objectContaining({ id: 'spare', name: 'Spare', active: true }) },
  },
  { name: 'another tenant', call: ['GET', '/tenant/spare'], as: 'acme', theirs: notTheirs },
  {
    name: 'no such tenant',
    call: ['GET', '/tenant/nobody'],
    theirs: detail(404, "Tenant 'nobody' not found"),
  },
  { name: 'a change', call: ['PUT', '/tenant/acme', { name: 'Acme' }], as: 'acme', theirs: ok },
  {
    name: 'no change',
    call: ['PUT', '/tenant/spare', {}],
    theirs: { status: 404 },
    ours: { ...ok, because: 'reference 1: the tenant is there, so it is no 404' },
  },
  { name: 'a field cleared', call: ['PUT', '/tenant/spare', { name: null }], theirs: ok },
  {
    name: 'the field afterwards',
    call: ['GET', '/tenant/spare'],
    theirs: { status: 200, body: expect.objectContaining({ name: 'Spare' }) },
    ours: {
      status: 200,
      body: expect.not.objectContaining({ name: expect.anything() }),
      because: 'reference 1: null could clear nothing',
    },
  },
  {
    name: 'a new key',
    call: ['POST', '/tenant/spare/api-key'],
    theirs: { status: 200, body: { ok: true, api_key: token } },
  },
  { name: 'a key, by the tenant', call: ['POST', '/tenant/acme/api-key'], as: 'acme', theirs: adminOnly },
  { name: 'a key for nobody', call: ['POST', '/tenant/nobody/api-key'], theirs: { status: 404 } },
  { name: 'no key any more', call: ['DELETE', '/tenant/spare/api-key'], theirs: ok },
  { name: 'a tenant deleted', call: ['DELETE', '/tenant/spare'], theirs: ok },
  { name: 'and again', call: ['DELETE', '/tenant/spare'], theirs: detail(404, "Tenant 'spare' not found") },
];
