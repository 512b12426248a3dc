// Activations whose messages are still to be queued again. The row stays until all are queued, so a crash loses none.

import { randomUUID } from 'node:crypto';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { text } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

export interface Activation {
  id: string;
  /** Null: all tenants. */
  tenantId: string | null;
  /** Null: all batches of the tenant. */
  batchCode: string | null;
}

/** Statements for the transaction that lifts the suspension. An earlier activation of the same messages is replaced. */
export function addActivation({ tenantId, batchCode }: Pick<Activation, 'tenantId' | 'batchCode'>) {
  const isThere =
    tenantId === null
      ? sql`true`
      : sql`EXISTS (SELECT 1 FROM tenants t WHERE t.id = ${tenantId} AND t.deleted_at IS NULL)`;
  return {
    replaced: run(sql`DELETE FROM activations
      WHERE tenant_id IS NOT DISTINCT FROM ${tenantId} AND batch_code IS NOT DISTINCT FROM ${batchCode}`),
    activation: run(sql`INSERT INTO activations (id, tenant_id, batch_code)
      SELECT ${randomUUID()}, ${text(tenantId)}, ${text(batchCode)} WHERE ${isThere}`),
  };
}

export async function findActivations(ctx: Needs<'db'>): Promise<Activation[]> {
  return ctx.db.read.activation.findMany();
}

/** To be called once all messages of the activation are queued. */
export async function endActivation(ctx: Needs<'db'>, { id }: Activation): Promise<void> {
  await ctx.db.writeModels((models) => [models.activation.deleteMany({ where: { id } })]);
}
