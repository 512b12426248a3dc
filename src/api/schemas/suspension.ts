// What a call to suspend or to activate is about: everything, a tenant, or a batch or an account of a tenant.
import { z } from '@hono/zod-openapi';
import { identifier, lineOfText } from '../../accept/identifier.js';
import { Misfit } from '../middleware/answer-error.js';
import { type Caller, requireAdmin, tenantOf } from '../middleware/authenticate.js';
import { queryFlag } from '../middleware/read-request.js';

const tenantId = lineOfText(255)
  .optional()
  .describe("Whose. Required with the admin token, unless `all` is set; with a tenant's token its own.");
const batchCode = identifier(64).optional().describe('Only messages of this batch; absent: all.');
const accountId = identifier(255).optional().describe('Only messages of this account; absent: all.');
const all = 'Only with the admin token: everything, of all tenants.';

/**
 * Strict: a parameter that is misspelt must not stop more than was meant. The values may stand in the query, where clients
 * of genro-mail-proxy put them, or in a JSON body.
 */
export const suspensionQuery = z.strictObject({
  tenant_id: tenantId,
  batch_code: batchCode,
  account_id: accountId,
  all: queryFlag.describe(all),
});
export const suspensionBody = z.strictObject({
  tenant_id: tenantId,
  batch_code: batchCode,
  account_id: accountId,
  all: z.boolean().optional().describe(all),
});

type Given = z.output<typeof suspensionBody>;

/** @throws Misfit for values that contradict each other, or name nothing; Fault for a caller who may not do this */
export function suspensionTarget(
  caller: Caller,
  query: Given,
  body: Given,
): 'everything' | { tenantId: string; batchCode: string | undefined; accountId: string | undefined } {
  for (const [name, value] of Object.entries(body)) {
    const other = query[name as keyof Given];
    if (value !== undefined && other !== undefined && other !== value)
      throw misfit('body', name, `is not the same as the ${name} in the query`);
  }
  const { tenant_id, batch_code, account_id, all } = { ...query, ...withoutUndefined(body) };
  if (all !== true) {
    const tenantId = tenantOf(caller, 'query', tenant_id);
    if (account_id !== undefined && batch_code !== undefined)
      throw misfit(
        body.account_id === undefined ? 'query' : 'body',
        'account_id',
        'cannot go with batch_code',
      );
    return { tenantId, batchCode: batch_code, accountId: account_id };
  }
  requireAdmin(caller);
  const where = body.all === undefined ? 'query' : 'body';
  if (tenant_id !== undefined) throw misfit(where, 'all', 'cannot go with tenant_id');
  if (batch_code !== undefined) throw misfit(where, 'all', 'cannot go with batch_code');
  if (account_id !== undefined) throw misfit(where, 'all', 'cannot go with account_id');
  return 'everything';
}

function misfit(where: string, name: string, msg: string): Misfit {
  return new Misfit([{ loc: [where, name], msg, type: 'value_error' }]);
}

function withoutUndefined(given: Given): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
