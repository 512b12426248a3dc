// Activations whose messages are still to be queued again. The row stays until all are queued, so a crash loses none.
import { randomUUID } from 'node:crypto';
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';

export interface Activation {
  id: string;
  /** Null: all tenants. */
  tenantId: string | null;
  /** Null: all batches of the tenant. */
  batchCode: string | null;
}

/** Statements for the transaction that lifts the suspension. An earlier activation of the same messages is replaced. */
export function addActivation(client: Client, which: Pick<Activation, 'tenantId' | 'batchCode'>) {
  return [
    client.activation.deleteMany({ where: which }),
    client.activation.create({ data: { ...which, id: randomUUID() } }),
  ];
}

export async function findActivations(ctx: Needs<'db'>): Promise<Activation[]> {
  return ctx.db.read.activation.findMany();
}

/** To be called once all messages of the activation are queued. */
export async function endActivation(ctx: Needs<'db'>, { id }: Activation): Promise<void> {
  await ctx.db.write((client) => [client.activation.deleteMany({ where: { id } })]);
}
