// Routes that list and export the command log.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText } from '../../accept/identifier.js';
import { holdNothing } from '../../store/db/cut-at-bytes.js';
import {
  type CommandFilter,
  findCommandPage,
  type LoggedCommand,
  showCommand,
  showForReplay,
} from '../../store/instance/find-commands.js';
import { findTenant } from '../../store/tenants/tenants.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { queryNumber } from '../middleware/read-request.js';
import { noTenant } from '../no-tenant.js';
import { rawRoute, route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';

const mostListed = 1000;
/** Entries that an export reads at once, unless they have too many bytes. */
const pageSize = 200;

const timeOfCall = queryNumber(0, 32_503_680_000);
const filterQuery = z.object({
  tenant_id: lineOfText(255).optional().describe('Only calls about this tenant.'),
  since_ts: timeOfCall.describe('Unix seconds: calls of this second or later.'),
  until_ts: timeOfCall.describe('Unix seconds: calls of this second or earlier.'),
  endpoint_filter: lineOfText(255).optional().describe('Part of the name of the endpoint, such as `Tenant`.'),
});
const listQuery = filterQuery.extend({
  limit: queryNumber(0, 1_000_000_000).describe(`Calls on a page: 100 unless told, ${mostListed} at most.`),
  cursor: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/, 'is not a next_cursor of this list')
    .optional()
    .describe('The `next_cursor` of the page before.'),
});
const exportQuery = filterQuery.extend({
  format: z
    .enum(['json', 'ndjson'])
    .optional()
    .describe('One object, or a line for each call; absent: what `Accept` asks for, else `json`.'),
});

const replayable = z.object({
  endpoint: z
    .string()
    .describe('The route, as clients of the original know it: `addMessages`, `suspend`, ...'),
  method: z.string().describe('Of HTTP.'),
  path: z.string().describe('Without the query.'),
  query: z.looseObject({}).describe('The query; secrets are `***`.'),
  tenant_id: z.string().nullable().describe('The tenant it was about; null: none, or several.'),
  payload: z
    .looseObject({})
    .describe(
      'Query and body in one. Secrets and the content of mails are `***`; where it was too long, `truncated` is true and of lists there are `count` and `ids`.',
    ),
  command_ts: z.int().describe('When the call came. Unix seconds.'),
});
const command = replayable
  .extend({
    id: z.int().describe('Number of the entry.'),
    tenant_id: z.string().optional().describe('The tenant it was about; absent: none, or several.'),
    caller: z.enum(['admin', 'tenant']).describe('Whose token it came with.'),
    token_name: z.string().optional().describe('Name of the token, where it was a tenant’s.'),
    address: z.string().describe('The address it came from.'),
    response_status: z.int().describe('The status it was answered with.'),
  })
  .openapi('Command', { description: 'A call that changed something, or was to.' });

const replayExample = {
  endpoint: 'suspend',
  method: 'POST',
  path: '/commands/suspend',
  query: { tenant_id: 'shop' },
  tenant_id: 'shop',
  payload: { tenant_id: 'shop' },
  command_ts: 1_795_600_000,
};

type CommandLogNeeds = Needs<'db' | 'memory' | 'commandLog'>;

/**
 * Who changed what, and when. Admin only, because the log shows calls of all tenants. Both routes first write the calls
 * that this process still holds in memory, so that a caller finds its own earlier calls. Calls to another process may
 * appear a fifth of a second later.
 */
export function addCommandLogRoutes(app: OpenAPIHono<ApiEnv>, ctx: CommandLogNeeds): void {
  addListCommandsRoute(app, ctx);
  addExportCommandsRoute(app, ctx);
}

function addListCommandsRoute(app: OpenAPIHono<ApiEnv>, ctx: CommandLogNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/command-log',
      reach: 'admin',
      operationId: 'listCommands',
      summary: 'Calls that changed something, or were to, oldest first',
      description:
        'Every POST, PUT and DELETE with a valid token, refused or not: who made it, on whom, with what, and how it was answered.',
      query: listQuery,
      answer: ok.extend({
        commands: z.array(command).describe('Oldest first.'),
        total: z.int().describe('How many this page has.'),
        next_cursor: z.string().optional().describe('Absent on the last page.'),
      }),
      example: {
        answer: {
          ok: true,
          commands: [
            { id: 7, ...replayExample, caller: 'admin', address: '192.0.2.7', response_status: 200 },
          ],
          total: 1,
        },
      },
    },
    async ({ query }, c) => {
      const { limit: asked = 100, cursor, ...filter } = query;
      const limit = Math.min(asked, mostListed);
      await ctx.commandLog.flush();
      const [at = 0, id = 0] = cursor?.split('-').map(Number) ?? [];
      const after = cursor === undefined ? undefined : { at, id };
      const page = { ...toFilter(filter), limit, after };
      const { commands, more } = await findCommandPage(ctx, page, holdAnswer(ctx, c));
      const { tenant_id: tenantId } = query;
      // A tenant that was deleted may have entries.
      if (tenantId !== undefined && commands.length === 0 && !(await findTenant(ctx, tenantId))) {
        throw noTenant(tenantId);
      }
      const last = more ? commands.at(-1) : undefined;
      return {
        ok: true,
        commands: commands.map(showCommand),
        total: commands.length,
        ...(last !== undefined && { next_cursor: `${last.at}-${last.id}` }),
      };
    },
  );
}

function addExportCommandsRoute(app: OpenAPIHono<ApiEnv>, ctx: CommandLogNeeds): void {
  rawRoute(
    app,
    {
      method: 'get',
      path: '/command-log/export',
      reach: 'admin',
      operationId: 'exportCommands',
      summary: 'The log of commands as calls that can be made again, oldest first',
      description:
        'With `format=ndjson`, or `Accept: application/x-ndjson`, a line of JSON for each call; else one object, as ' +
        'the original has it. Both are sent while they are read, so that any length will do.',
      query: exportQuery,
      answer: ok.extend({ commands: z.array(replayable).describe('Oldest first.') }),
      example: { answer: { ok: true, commands: [replayExample] } },
    },
    async ({ query }, c) => {
      const { format, ...filter } = query;
      const asLines =
        format === undefined ? /\bndjson\b/.test(c.req.header('accept') ?? '') : format === 'ndjson';
      await ctx.commandLog.flush();
      const pages = readPages(ctx, toFilter(filter));
      // Read before the answer begins, so that a database that is away is still answered 503.
      const first = await pages.next();
      const text = asLines ? linesOf(first, pages) : objectOf(first, pages);
      // The status is sent before the later pages are read. When the database fails then, the connection breaks off, so
      // that no client takes the part for the whole.
      return c.body(ReadableStream.from(text).pipeThrough(new TextEncoderStream()), 200, {
        'Content-Type': asLines ? 'application/x-ndjson' : 'application/json',
      });
    },
  );
}

type Filter = Omit<CommandFilter, 'limit' | 'after'>;
type Page = IteratorResult<LoggedCommand[], void>;

/** Both ends of the range are whole seconds, and both seconds belong to the range. An empty text filters nothing. */
function toFilter({ tenant_id, since_ts, until_ts, endpoint_filter }: z.output<typeof filterQuery>): Filter {
  return {
    tenantId: tenant_id || undefined,
    from: since_ts === undefined ? undefined : since_ts * 1000,
    before: until_ts === undefined ? undefined : (until_ts + 1) * 1000,
    endpoint: endpoint_filter || undefined,
  };
}

/** Reads by key and not in one query, so that an export of any length needs the memory of one page. */
async function* readPages(ctx: Needs<'db'>, filter: Filter): AsyncGenerator<LoggedCommand[], void> {
  let after: CommandFilter['after'];
  for (let hasMore = true; hasMore; ) {
    const page = await findCommandPage(ctx, { ...filter, limit: pageSize, after }, holdNothing);
    yield page.commands;
    after = page.commands.at(-1);
    hasMore = page.more;
  }
}

async function* linesOf(first: Page, rest: AsyncGenerator<LoggedCommand[], void>): AsyncGenerator<string> {
  for (let page = first; !page.done; page = await rest.next()) {
    yield page.value.map((one) => `${JSON.stringify(showForReplay(one))}\n`).join('');
  }
}

/** Writes the frame of the object by hand, because the list inside may be too long for one text in memory. */
async function* objectOf(first: Page, rest: AsyncGenerator<LoggedCommand[], void>): AsyncGenerator<string> {
  yield '{"ok":true,"commands":[';
  let isFirst = true;
  for (let page = first; !page.done; page = await rest.next()) {
    const text = page.value.map((one) => JSON.stringify(showForReplay(one))).join(',');
    if (text !== '') yield isFirst ? text : `,${text}`;
    isFirst &&= text === '';
  }
  yield ']}';
}
