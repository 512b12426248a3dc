// Forgets what limits have counted of a tenant that is deleted.
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';

/**
 * The statements that do it, for the transaction that deletes the tenant. The scopes are held first: an entry of the log
 * that is written meanwhile would outlive its scope, whose numbers begin anew.
 */
export function forgetSends(client: Client, tenantId: string): Prisma.PrismaPromise<unknown>[] {
  const prefix = `${tenantId}/`;
  const ours = Prisma.sql`(scope = ${tenantId} OR substr(scope, 1, CAST(${prefix.length} AS INTEGER)) = ${prefix})`;
  const scopes = Prisma.sql`(SELECT scope FROM send_scopes WHERE ${ours})`;
  return [
    client.$executeRaw`UPDATE send_scopes SET last_n = last_n WHERE ${ours}`,
    client.$executeRaw`DELETE FROM send_log WHERE scope IN ${scopes}`,
    client.$executeRaw`DELETE FROM send_slots WHERE scope IN ${scopes}`,
    client.$executeRaw`DELETE FROM send_scopes WHERE ${ours}`,
    client.breaker.deleteMany({ where: { tenantId } }),
  ];
}
