// What was started again and is still to be put back on its queues: kept until that is done, whoever dies over it.
import { randomUUID } from 'node:crypto';
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';

export interface Activation {
  id: string;
  /** Null: everything. */
  tenantId: string | null;
  /** Null: all of the tenant. */
  batchCode: string | null;
}

/** To be added in the transaction that starts it again; it comes in place of an earlier one of the same. */
export function addActivation(client: Client, which: Pick<Activation, 'tenantId' | 'batchCode'>) {
  return [
    client.activation.deleteMany({ where: which }),
    client.activation.create({ data: { ...which, id: randomUUID() } }),
  ];
}

export async function findActivations(ctx: Needs<'db'>): Promise<Activation[]> {
  return ctx.db.read.activation.findMany();
}

/** All of it is on its queues. */
export async function endActivation(ctx: Needs<'db'>, { id }: Activation): Promise<void> {
  await ctx.db.write((client) => [client.activation.deleteMany({ where: { id } })]);
}
