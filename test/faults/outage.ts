// The course of every outage under test: a service under load, and what must hold during an outage and after it.
import { expect } from 'vitest';
import { type Load, putLoad } from '../support/programs/load.js';
import type { Program } from '../support/programs/program.js';
import { waitFor } from '../support/programs/wait-for.js';
import type { ReportApp } from '../support/servers/report-app.js';
import type { SmtpSink } from '../support/servers/smtp-sink.js';
import type { FreshDatabase } from '../support/stage/databases.js';
import { type Stage, setStage } from '../support/stage/set-stage.js';
import { addTenant, countIds, type Tenant } from '../support/stage/tenant.js';

const CLIENTS = 6;
const patience = { timeoutMs: 40_000 };

export interface Outage {
  stage: Stage;
  sink: SmtpSink;
  app: ReportApp;
  service: Program;
  tenant: Tenant;
}

export async function layOutage(database?: FreshDatabase): Promise<Outage> {
  const stage = await setStage(database && { database });
  const [sink, app] = await Promise.all([stage.sink(), stage.app()]);
  const service = await stage.program();
  const tenant = await addTenant(service, 'acme', { app, server: sink });
  return { stage, sink, app, service, tenant };
}

/**
 * Under load: takes the database away until every client was refused, and puts it back until every client is served.
 * @returns how the calls were answered
 */
export async function rideOut(
  { service, tenant }: Outage,
  away: () => unknown,
  back: () => unknown,
): Promise<Load> {
  const load = putLoad(service, tenant, CLIENTS);
  await waitFor('calls to be answered', () => load.calls.length >= 4 * CLIENTS, patience);
  await away();
  await waitFor('every client to be refused', () => refused(load).length >= CLIENTS, patience);
  expect((await service.api('GET', '/health')).status).toBe(200);
  await back();
  const refusals = load.calls.length;
  const served = () => load.calls.slice(refusals).filter(({ status }) => status === 200).length;
  await waitFor('calls to be taken again', () => served() >= 2 * CLIENTS, patience);
  await load.stop();
  for (const { status, body, headers } of refused(load)) {
    expect({ status, body }).toEqual({ status: 503, body: { detail: expect.any(String) } });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(headers.get('x-request-id')).toBeTruthy();
  }
  expect(load.unanswered).toEqual([]);
  expect((await service.api('GET', '/ready')).status).toBe(200);
  expect(service.output()).not.toContain('A request failed');
  return load;
}

function refused(load: Load): Load['calls'] {
  return load.calls.filter(({ status }) => status !== 200);
}

/** All that was answered as queued arrives and is reported; that and what was refused arrives once at most. */
export async function arriveOnce({ sink, app, service, tenant }: Outage, load: Load): Promise<void> {
  const queued = load.queued();
  await app.waitFor(({ entries }) => {
    const told = new Set(entries.flatMap(({ id, sent_ts }) => (sent_ts === undefined ? [] : [id])));
    return queued.every((id) => told.has(id));
  }, patience);
  await tenant.untilAll(service, ({ status }) => status === 'sent', patience);
  const mails = countIds(sink.messages);
  expect(queued.filter((id) => mails.get(id) !== 1)).toEqual([]);
  expect([...mails].filter(([, n]) => n > 1)).toEqual([]);
}
