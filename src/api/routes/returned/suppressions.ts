// Routes of the suppression list: addresses that a tenant's mails are not sent to.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText } from '../../../accept/identifier.js';
import { Fault } from '../../../errors.js';
import { holdNothing } from '../../../store/db/cut-at-bytes.js';
import {
  addSuppressions,
  hasRoom,
  removeSuppressions,
  suppressionSources,
} from '../../../store/suppressions/change.js';
import { listSuppressions, type SuppressionFilter } from '../../../store/suppressions/list.js';
import type { Needs } from '../../context.js';
import { type ApiEnv, tenantOf } from '../../middleware/authenticate.js';
import { holdAnswer } from '../../middleware/hold-answer.js';
import { BadLine } from '../../middleware/read-json.js';
import { rawRoute, route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { nextCursor, nextPage, pageAsked, pageQuery } from '../../schemas/page.js';
import { bareAddress, suppression, suppressionExample, suppressionInput } from '../../schemas/suppression.js';
import { tenantParameter, tenantQuery } from '../../schemas/tenant-in-query.js';

/** Entries in one call. */
const mostEntries = 10_000;
/** Entries that an export reads at once. */
const pageSize = 500;

const filterQuery = z.object({
  tenant_id: tenantParameter,
  address: lineOfText(320).optional().describe('Only this address, in any spelling.'),
  reason: lineOfText(64).optional().describe('Only entries with this reason.'),
  source: z.enum(suppressionSources).optional().describe('Only entries from there.'),
});
const listQuery = filterQuery.extend(pageQuery.shape);

/** Each entry is checked by itself, so that a bad line of an import stops no other. */
const additions = z.object({
  suppressions: z
    .array(z.unknown())
    .min(1, 'is empty')
    .max(mostEntries, `has more than ${mostEntries} entries`)
    .describe('Objects with an `address`, or addresses alone.'),
});
const documentedAdditions = z.object({
  suppressions: z
    .array(z.union([suppressionInput, bareAddress]))
    .describe(`Up to ${mostEntries}; addresses alone will do.`),
});
const removals = z.object({
  addresses: z
    .array(lineOfText(320))
    .min(1, 'is empty')
    .max(mostEntries, `has more than ${mostEntries} entries`)
    .describe('Addresses in any spelling, or hashes of forgotten ones.'),
});

type SuppressionNeeds = Needs<'db' | 'clock' | 'memory' | 'config'>;

/** The admin and the tenant itself may call these. Addresses are compared in their canonical form. */
export function addSuppressionRoutes(app: OpenAPIHono<ApiEnv>, ctx: SuppressionNeeds): void {
  addListRoute(app, ctx);
  addExportRoute(app, ctx);
  addAddRoute(app, ctx);
  addRemoveRoute(app, ctx);
}

function addListRoute(app: OpenAPIHono<ApiEnv>, ctx: SuppressionNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/suppressions',
      tenant: 'query',
      operationId: 'listSuppressions',
      summary: "Addresses that a tenant's mails are not sent to",
      description: 'In the order of their hashes. Entries whose time is over are removed after a while.',
      query: listQuery,
      answer: ok.extend({
        suppressions: z.array(suppression).describe('This page of the list.'),
        next_cursor: nextCursor,
      }),
      example: { answer: { ok: true, suppressions: [suppressionExample] } },
    },
    async ({ query, tenantId }, c) => {
      const { address, reason, source } = query;
      const filter = { ...pageAsked(query), address, reason, source };
      const page = await listSuppressions(ctx, tenantId, filter, holdAnswer(ctx, c));
      return { ok: true, suppressions: page.entries, ...nextPage(page.nextCursor) };
    },
  );
}

function addExportRoute(app: OpenAPIHono<ApiEnv>, ctx: SuppressionNeeds): void {
  rawRoute(
    app,
    {
      method: 'get',
      path: '/suppressions/export',
      operationId: 'exportSuppressions',
      summary: 'The whole suppression list as lines of JSON',
      description:
        'Sent while it is read, so that any length will do. `POST /suppressions` takes the same lines.',
      query: filterQuery,
      type: 'application/x-ndjson',
      answer: suppression,
      example: { answer: suppressionExample },
    },
    async ({ query, caller }, c) => {
      const { tenant_id, ...filter } = query;
      const tenantId = tenantOf(caller, 'query', tenant_id);
      if (!(await c.get('isTenant')(tenantId))) throw new Fault('not_found', 'tenant not found');
      const pages = readPages(ctx, tenantId, filter);
      // Read before the answer begins, so that a database that is away is still answered 503.
      const first = await pages.next();
      return c.body(ReadableStream.from(linesOf(first, pages)).pipeThrough(new TextEncoderStream()), 200, {
        'Content-Type': 'application/x-ndjson',
      });
    },
  );
}

type Entries = Awaited<ReturnType<typeof listSuppressions>>['entries'];

async function* readPages(
  ctx: SuppressionNeeds,
  tenantId: string,
  filter: Omit<SuppressionFilter, 'limit' | 'after'>,
): AsyncGenerator<Entries, void> {
  let after: string | undefined;
  do {
    const page = await listSuppressions(ctx, tenantId, { ...filter, limit: pageSize, after }, holdNothing);
    yield page.entries;
    after = page.nextCursor;
  } while (after !== undefined);
}

async function* linesOf(
  first: IteratorResult<Entries, void>,
  rest: AsyncGenerator<Entries, void>,
): AsyncGenerator<string> {
  for (let page = first; !page.done; page = await rest.next())
    yield page.value.map((one) => `${JSON.stringify(one)}\n`).join('');
}

function addAddRoute(app: OpenAPIHono<ApiEnv>, ctx: SuppressionNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/suppressions',
      audit: { keeps: [], blanks: ['suppressions'] },
      tenant: 'query',
      lines: 'suppressions',
      operationId: 'addSuppressions',
      summary: 'Put addresses on the suppression list',
      description:
        'An entry that is there is replaced. Each entry stands alone: a bad one is rejected, the good ones are taken. With ' +
        '`Content-Type: application/x-ndjson` the body is a line of JSON for each.',
      query: tenantQuery,
      body: additions,
      documentedBody: documentedAdditions,
      answer: ok.extend({
        added: z.int().describe('How many addresses are on the list now.'),
        rejected: z
          .array(
            z.object({
              n: z
                .int()
                .describe('Place of the entry, from 0. In a body of lines: how many lines stand before it.'),
              reason: z.string().describe('What is wrong, by field.'),
            }),
          )
          .describe('Entries that were not taken.'),
      }),
      example: {
        body: { suppressions: [{ address: 'jo@example.org', reason: 'unsubscribed' }] },
        answer: { ok: true, added: 1, rejected: [] },
      },
      refusals: { 403: 'The list would be longer than `GMP_TENANT_MAX_SUPPRESSIONS`; nothing is added.' },
    },
    async ({ body, tenantId }) => {
      const { good, rejected } = checkEntries(body.suppressions);
      if (!(await hasRoom(ctx, tenantId, good))) {
        const most = ctx.config.tenantMaxSuppressions;
        const sentence = `The tenant may have ${most} addresses on its suppression list at most (GMP_TENANT_MAX_SUPPRESSIONS)`;
        throw new Fault('forbidden', sentence);
      }
      return { ok: true, added: await addSuppressions(ctx, tenantId, good), rejected };
    },
  );
}

function checkEntries(entries: unknown[]) {
  const good: ReturnType<typeof toStored>[] = [];
  const rejected: { n: number; reason: string }[] = [];
  for (const [n, given] of entries.entries()) {
    if (given === undefined) continue;
    if (given instanceof BadLine) {
      rejected.push({ n, reason: 'is not JSON' });
      continue;
    }
    const { data, error } = suppressionInput.safeParse(
      typeof given === 'string' ? { address: given } : given,
    );
    if (data !== undefined) good.push(toStored(data));
    const faults = error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
    if (faults !== undefined) rejected.push({ n, reason: faults.join('; ') });
  }
  return { good, rejected };
}

function toStored(given: z.output<typeof suppressionInput>) {
  const ms = (ts: number | null | undefined) => (ts == null ? undefined : Math.floor(ts * 1000));
  return {
    address: given.address,
    hash: given.address === undefined ? given.hash : undefined,
    reason: given.reason ?? 'manual',
    source: given.source ?? ('manual' as const),
    messageId: given.message_id ?? undefined,
    createdAt: ms(given.created_ts),
    expiresAt: ms(given.expires_ts),
  };
}

function addRemoveRoute(app: OpenAPIHono<ApiEnv>, ctx: SuppressionNeeds): void {
  route(
    app,
    {
      method: 'delete',
      path: '/suppressions',
      audit: { keeps: [], blanks: ['addresses'] },
      tenant: 'query',
      operationId: 'removeSuppressions',
      summary: 'Take addresses off the suppression list',
      description: 'Messages that were handed in before and still wait are sent to them again.',
      query: tenantQuery,
      body: removals,
      answer: ok.extend({
        removed: z.int().describe('How many were on the list.'),
        not_found: z.array(z.string()).optional().describe('Those that were not.'),
      }),
      example: { body: { addresses: ['jo@example.org'] }, answer: { ok: true, removed: 1 } },
    },
    async ({ body, tenantId }) => {
      const removed = await removeSuppressions(ctx, tenantId, body.addresses);
      const missing = body.addresses.filter((one) => !removed.has(one));
      return { ok: true, removed: removed.size, ...(missing.length > 0 && { not_found: missing }) };
    },
  );
}
