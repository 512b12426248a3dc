// The bulk statements on the send log, as each database is given them: written down in ./limits for reviewers.
import { expect, test } from 'vitest';
import { forgetSends } from '../../../src/store/limits/forget-sends.js';
import { pruneSendLog } from '../../../src/store/limits/prune.js';
import type { StoreContext } from '../../support/stage/open-store.js';
import { recordSql } from '../../support/stage/record-sql.js';

test.each<[name: string, work: (ctx: StoreContext) => Promise<unknown>]>([
  ['forget-sends', (ctx) => ctx.db.transaction(forgetSends('shop'))],
  ['prune', pruneSendLog],
])('%s', async (name, work) => {
  await expect(await recordSql(work)).toMatchFileSnapshot(`limits/${name}.sql`);
});
