// Searching messages by words, addresses, errors and times, the newest first.
import { ulid } from 'ulid';
import { beforeAll, expect, test } from 'vitest';
import { termNumber, termsOfMessage } from '../../../src/domain/search-terms.js';
import { deleteMessages } from '../../../src/store/messages/delete.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { rejectUnsent } from '../../../src/store/messages/mark-waiting.js';
import { type SearchFilter, searchMessages } from '../../../src/store/search/search-messages.js';
import {
  addTenant,
  freshStore,
  newMessage,
  newYear,
  type StoreContext,
} from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeAll(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
  await addTenant(ctx, 'other');
  await put('invoice', { subject: 'Your Invoice 2026-17', to: 'jo.smith@mail.example' });
  await put('reminder', { subject: 'Reminder: invoice', to: 'ann@mail.example', batchCode: 'b' });
  await put('greek', { subject: 'Τιμολόγιο für Zoë', to: 'zoe@example.gr', seconds: 5 });
  await put('foreign', { subject: 'invoice', to: 'jo.smith@mail.example', tenantId: 'other' });
  const message = await put('refused', { subject: 'invoice', to: 'gone@mail.example' });
  const error = '550 5.1.1 <gone@mail.example>: no such User_1';
  await rejectUnsent(ctx, [{ ...message, error, metadata: {} }]);
});

interface Put {
  subject: string;
  to: string;
  tenantId?: string;
  batchCode?: string;
  /** After the new year. */
  seconds?: number;
}

async function put(id: string, { subject, to, tenantId = 'shop', seconds = 0, ...fields }: Put) {
  const pk = ulid(newYear + seconds * 1000);
  const terms = termsOfMessage({ subject, to: [{ address: to, name: `Name of ${id}` }] });
  const message = newMessage(ctx, { pk, revision: pk, id, tenantId, ...fields });
  const numbers = terms.map((term) => termNumber(tenantId, term));
  await insertMessages(ctx, [{ messages: [{ ...message, terms: numbers }] }]);
  return message;
}

const whole = { activeOnly: false, limit: 10 };

async function find(filter: Partial<SearchFilter>) {
  const { pks } = await searchMessages(ctx, 'shop', { ...whole, ...filter });
  const found = await ctx.db.read.message.findMany({ where: { pk: { in: pks } } });
  return pks.map((pk) => found.find((message) => message.pk === pk)?.id);
}

test.each<[Partial<SearchFilter>, string[]]>([
  [{ search: 'INVOICE' }, ['invoice', 'refused', 'reminder']],
  [{ search: 'invoice 17' }, ['invoice']],
  [{ search: 'jo.smith@mail.example' }, ['invoice']],
  [{ search: '<Jo.Smith@MAIL.example>,' }, ['invoice']],
  [{ search: 'smith' }, ['invoice']],
  [{ search: 'name of reminder' }, ['reminder']],
  [{ search: 'τιμολόγιο ZOË' }, ['greek']],
  [{ search: 'invoic' }, []],
  [{ search: '---' }, []],
  [{ search: 'invoice', batchCode: 'b' }, ['reminder']],
  [{ search: 'invoice', activeOnly: true }, ['invoice', 'reminder']],
  [{ search: 'invoice', status: 'error' }, ['refused']],
  [{ error: 'NO SUCH user' }, ['refused']],
  [{ error: 'r_1' }, ['refused']],
  [{ error: '%' }, []],
  [{ error: 'no such', status: 'sent' }, []],
  [{ error: 'no such', search: 'ann' }, []],
  [{ since: newYear + 5000 }, ['greek']],
  [{ until: newYear + 5000 }, ['invoice', 'refused', 'reminder']],
])('%j', async (filter, ids) => {
  expect((await find(filter)).sort()).toEqual(ids);
});

test('pages go from the newest to the oldest, and each message is on one', async () => {
  for (const filter of [{}, { search: 'mail' }, { error: '550' }]) {
    const all = await searchMessages(ctx, 'shop', { ...whole, ...filter });
    expect(all.nextCursor).toBeUndefined();
    expect(all.pks).toEqual([...all.pks].sort().reverse());
    const paged: string[] = [];
    let before: string | undefined;
    do {
      const page = await searchMessages(ctx, 'shop', { ...whole, ...filter, limit: 1, before });
      paged.push(...page.pks);
      before = page.nextCursor;
    } while (before !== undefined);
    expect(paged).toEqual(all.pks);
  }
});

test('a message that is replaced is found by its new subject alone, and one that is deleted not at all', async () => {
  await put('twice', { subject: 'before', to: 'x@example.org' });
  await put('twice', { subject: 'after', to: 'x@example.org' });
  expect(await find({ search: 'before' })).toEqual([]);
  expect(await find({ search: 'after' })).toEqual(['twice']);
  await deleteMessages(ctx, 'shop', ['twice']);
  const left = await ctx.db.read.messageTerm.count({ where: { term: termNumber('shop', 'after') } });
  expect(left).toBe(0);
});
