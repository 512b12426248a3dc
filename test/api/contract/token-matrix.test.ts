// Every documented route with every kind of token (contract section 1): which calls are refused, and that a tenant's
// token neither reads nor changes anything of another tenant, in whatever place the call names that tenant.
import { beforeAll, describe, expect, test } from 'vitest';
import { hashToken } from '../../../src/secrets.js';
import { ADMIN_TOKEN, type ApiAnswer } from '../../support/programs/service.js';
import { type ApiStage, FAR, message, setApiStage } from '../../support/stage/api-stage.js';
import { query, tablesOf } from '../../support/stage/tables.js';
import { type DocumentedRoute, documentedRoutes } from './documented-routes.js';
import { knownRoutes } from './known-routes.js';

/** Stands in whatever the other tenant has, and in nothing that is sent with a token of the first. */
const secret = 'zq-of-the-other';
const mine = { tenant: 'mine', account: 'my-account', message: 'my-message', batch: 'my-batch' };
const theirs = { tenant: 'theirs', account: 'their-account', message: 'their-message', batch: 'their-batch' };

const missing = { status: 401, body: { detail: expect.stringContaining('X-API-Token') } };
const notForThisTenant = { status: 401, body: { detail: 'Token not authorized for this tenant' } };
const forbidden = {
  status: 403,
  body: { detail: 'Admin token required, tenant tokens not allowed for this operation' },
};

let stage: ApiStage;
let routes: DocumentedRoute[];
let myKey: string;
let theirKey: string;

beforeAll(async () => {
  stage = await setApiStage({ GMP_START_ACTIVE: '0' });
  routes = await documentedRoutes(stage.service);
  myKey = await settle(mine, 'of-mine');
  theirKey = await settle(theirs, secret);
});

/** A tenant with one of everything a tenant can have. */
async function settle(names: typeof mine, mark: string): Promise<string> {
  const { tenant, account, batch } = names;
  const key = await stage.tenant(tenant, {
    name: mark,
    client_base_url: `https://${mark}.example`,
    client_auth: { method: 'bearer', token: mark },
  });
  await stage.account(tenant, account, { host: `${mark}.example`, user: mark, password: mark });
  const given = message({
    id: names.message,
    tenant_id: tenant,
    account_id: account,
    batch_code: batch,
    subject: mark,
  });
  expect((await stage.add([given])).body.queued).toBe(1);
  const suspended = `/commands/suspend?tenant_id=${tenant}&batch_code=${batch}`;
  expect((await stage.service.api('POST', suspended)).status).toBe(200);
  return key;
}

interface Call {
  /** Whose things the path names. */
  names?: typeof mine;
  query?: Record<string, string>;
  change?(body: Record<string, unknown>): void;
}

function call({ method, path, body: sample }: DocumentedRoute, token: string | null, how: Call = {}) {
  const names = how.names ?? mine;
  const id = path.startsWith('/tenant')
    ? names.tenant
    : path.startsWith('/account')
      ? names.account
      : names.message;
  const body = sample();
  if (body !== undefined) {
    // What examples name is nobody's here.
    for (const part of [body, ...((body.messages ?? []) as Record<string, unknown>[])]) delete part.tenant_id;
    how.change?.(body);
  }
  const asked = new URLSearchParams(how.query);
  return stage.service.api(method, `${path.replace('{id}', id)}?${asked}`, body, { token });
}

/** Names a tenant wherever the route takes one: in the query, in the body, in each message. */
function naming({ query: asked, fields = [] }: DocumentedRoute, tenant: string): Call[] {
  const inQuery = { query: { tenant_id: tenant } };
  const inBody = { change: (body: Record<string, unknown>) => Object.assign(body, { tenant_id: tenant }) };
  const inMessages = {
    change: (body: Record<string, unknown>) => {
      for (const one of body.messages as object[]) Object.assign(one, { tenant_id: tenant });
    },
  };
  return [
    ...(asked.includes('tenant_id') ? [inQuery] : []),
    ...(fields.includes('tenant_id') ? [inBody] : []),
    ...(fields.includes('messages') ? [inMessages] : []),
  ];
}

/** All rows of the other tenant's and the installation's, but for the log of calls and notes of the service's own. */
async function possessions(): Promise<string[]> {
  const tables = (await tablesOf(stage.database)).filter(
    (name) => !/^(?:processes|command_log|_prisma_migrations|history_\w+)$/.test(name),
  );
  const rows = await Promise.all(
    tables.map(async (table) =>
      (await query(stage.database, `SELECT * FROM "${table}"`)).map(
        (row) =>
          `${table} ${JSON.stringify(row, (name, value) => (/^(report_|next_call_at)/.test(name) ? undefined : value))}`,
      ),
    ),
  );
  return rows
    .flat()
    .filter((row) => /zq-of-the-other|"theirs"|^instance /.test(row))
    .sort();
}

const shape = ({ status, body }: ApiAnswer<unknown>) => ({ status, body });
test('the document has all routes of the contract, for the callers that the contract names', () => {
  const documented = routes.map(
    ({ method, path, open, adminOnly }) =>
      `${method} ${path} ${open ? 'everyone' : adminOnly ? 'admin' : 'token'}`,
  );
  expect(documented.sort()).toEqual(knownRoutes);
});

test('without a token, with a wrong, malformed, expired or ended one: 401, unless the route is open', async () => {
  const give = async (tenant: string, body: object) =>
    (await stage.service.api<{ api_key: string }>('POST', `/tenant/${tenant}/api-key`, body)).body.api_key;
  const expired = await give(mine.tenant, { name: 'expired', expires_at: FAR });
  await query(stage.database, "UPDATE tenant_tokens SET expires_at = 1 WHERE name = 'expired'");
  const ended = await give(mine.tenant, { name: 'ended' });
  await stage.service.api('DELETE', `/tenant/${mine.tenant}/api-key?name=ended`);
  await stage.tenant('gone');
  const ofNobody = await give('gone', {});
  await stage.service.api('DELETE', '/tenant/gone');
  const wrong = [
    null,
    '',
    'wrong',
    hashToken(ADMIN_TOKEN),
    hashToken(myKey),
    `${myKey} ${myKey}`,
    "' OR 1=1 --",
  ];
  const before = await possessions();
  for (const route of routes.filter(({ open }) => !open)) {
    for (const token of [...wrong, expired, ended, ofNobody]) {
      const answer = await call(route, token, { names: theirs, query: { tenant_id: theirs.tenant } });
      const { method, path } = route;
      expect({ method, path, token, ...shape(answer) }).toEqual({ method, path, token, ...missing });
    }
  }
  expect(await possessions()).toEqual(before);
});

test('an open route answers without a token, and with a wrong one', async () => {
  // A link to a large file needs the token in it; test/flow/large-files opens them.
  const isLink = (path: string) => path.startsWith('/download/');
  for (const route of routes.filter(({ open, path }) => open && !isLink(path))) {
    for (const token of [null, 'wrong']) expect((await call(route, token)).status, route.path).toBe(200);
  }
});

describe("a tenant's token", () => {
  test('on a route for the admin: 403, before the call is read', async () => {
    const before = await possessions();
    for (const route of routes.filter(({ adminOnly }) => adminOnly)) {
      for (const names of [mine, theirs])
        expect(shape(await call(route, myKey, { names }))).toEqual(forbidden);
      const path = route.path.replace('{id}', 'nobody');
      const body = route.method === 'GET' ? undefined : 'not JSON';
      const unfit = await stage.service.api(route.method, path, body, { token: myKey });
      expect(shape(unfit)).toEqual(forbidden);
    }
    expect(await possessions()).toEqual(before);
  });

  test('on another tenant, named in path, query, body or a message: 401, nothing read, nothing changed', async () => {
    const before = await possessions();
    let refused = 0;
    for (const route of routes.filter(({ open, adminOnly }) => !open && !adminOnly)) {
      const inPath = route.path.startsWith('/tenant/') ? [{ names: theirs }] : [];
      for (const how of [...inPath, ...naming(route, theirs.tenant)]) {
        const answer = await call(route, myKey, how);
        const { method, path } = route;
        expect({ method, path, ...shape(answer) }).toEqual({ method, path, ...notForThisTenant });
        refused += 1;
      }
      expect(await possessions(), `${route.method} ${route.path}`).toEqual(before);
    }
    // Or the loop has found nothing to ask.
    expect(refused).toBeGreaterThan(15);
  });

  test("with ids of another tenant's resources, or with tenant_id where the route ignores it: nothing read, nothing changed", async () => {
    const before = await possessions();
    const asked = { tenant_id: theirs.tenant, batch_code: theirs.batch, account_id: theirs.account };
    for (const route of routes.filter(({ open, adminOnly }) => !open && !adminOnly)) {
      const { tenant_id, ...ids } = asked;
      const change = (body: Record<string, unknown>) => {
        if (Array.isArray(body.ids)) body.ids = [theirs.message];
        if (!Array.isArray(body.messages)) return;
        for (const one of body.messages as object[])
          Object.assign(one, { id: theirs.message, account_id: theirs.account });
      };
      const undocumented = route.query.includes('tenant_id') ? {} : { tenant_id };
      const query = {
        ...Object.fromEntries(Object.entries(ids).filter(([name]) => route.query.includes(name))),
        ...undocumented,
      };
      const answer = await call(route, myKey, { names: theirs, query, change });
      const { method, path } = route;
      expect({ method, path, status: answer.status < 500 }).toEqual({ method, path, status: true });
      if (path.includes('{id}')) expect([400, 401, 404], `${method} ${path}`).toContain(answer.status);
      expect(JSON.stringify(answer.body), `${method} ${path}`).not.toContain(secret);
      expect(await possessions(), `${method} ${path}`).toEqual(before);
    }
  });

  test('of the other tenant still finds everything there', async () => {
    for (const path of ['/accounts', '/messages', `/tenant/${theirs.tenant}`]) {
      const { body } = await stage.service.api('GET', path, undefined, { token: theirKey });
      expect(JSON.stringify(body)).toContain(secret);
    }
  });
});

describe.each([
  ["a tenant's token on its own things", () => myKey],
  ['the admin token', () => ADMIN_TOKEN],
])('%s', (_name, token) => {
  test('is refused by no route that is open to it', async () => {
    const isAdmin = token() === ADMIN_TOKEN;
    const order = ['GET', 'PUT', 'POST', 'DELETE'];
    const open = routes.filter(({ adminOnly }) => isAdmin || !adminOnly);
    // What deletes comes last, and the longest paths first: a tenant after its keys.
    const sorted = open.sort(
      (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || b.path.length - a.path.length,
    );
    const refused: string[] = [];
    for (const route of sorted) {
      const ways = naming(route, mine.tenant);
      for (const how of isAdmin && ways.length > 0 ? ways : [{}, ...ways]) {
        const { status, body } = await call(route, token(), how);
        if ([401, 403].includes(status) || status >= 500)
          refused.push(`${route.method} ${route.path} ${status} ${JSON.stringify(body)}`);
      }
    }
    expect(refused).toEqual([]);
  });
});
