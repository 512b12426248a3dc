// No page shows a tenant anything of another: asked for every page that the sources declare, in the name of the other.
import { expect, test } from 'vitest';
import { message, setApiStage } from '../../support/stage/api-stage.js';
import { readSourceFiles } from '../../support/stage/source-files.js';
import { logIn } from './log-in.js';

/** Stands in whatever the other tenant has. */
const secret = 'zq-of-the-other';

/** What may stand in a path, as the other tenant has it. */
const ids = ['zq-of-the-other-account', 'zq-of-the-other-message', 'theirs', 'suspend', 'pages.css'];

function declaredPages(): string[] {
  const sources = readSourceFiles().filter(({ folder }) => folder === 'dashboard');
  const found = sources.flatMap(({ code }) => [...code.matchAll(/\.(?:get|all)\(\s*['`](\/[^'`]*)['`]/g)]);
  return [...new Set(found.map(([, path = '']) => path))].filter((path) => path !== '/login');
}

test('no page shows a tenant anything of another, whatever it names', async () => {
  const stage = await setApiStage({ GMP_START_ACTIVE: '0' });
  const token = await stage.tenant('mine');
  await stage.account('mine', 'main');
  await stage.tenant('theirs', { name: secret, client_base_url: `https://${secret}.example` });
  await stage.account('theirs', `${secret}-account`, { host: `${secret}.example`, user: secret });
  const theirs = { tenant_id: 'theirs', account_id: `${secret}-account`, batch_code: `${secret}-batch` };
  const added = await stage.add([message({ ...theirs, id: `${secret}-message`, subject: secret })]);
  expect(added.body.queued).toBe(1);
  const visitor = await logIn(stage.service, token);
  const pages = declaredPages();
  expect(pages).toEqual(
    expect.arrayContaining(['/', '/dashboard/accounts', '/dashboard/accounts/:id', '/dashboard/tenants/:id']),
  );
  for (const page of pages) {
    for (const id of page.includes(':') ? ids : ['']) {
      const path = page.replace(/:\w+/, encodeURIComponent(id));
      for (const query of ['', '?tenant_id=theirs', '?cursor=theirs/']) {
        const { status, text } = await visitor.get(path + query);
        expect([path + query, status < 500]).toEqual([path + query, true]);
        // What a page repeats of the address tells nothing.
        const told = text
          .replaceAll(id === '' ? '\0' : id, '')
          .replaceAll(encodeURIComponent(id) || '\0', '');
        expect([path + query, told.includes(secret)]).toEqual([path + query, false]);
      }
    }
  }
});
