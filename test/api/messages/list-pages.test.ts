// Going through GET /messages page by page shows every message once, whatever is written meanwhile (contract section 3).
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

describe('pages', () => {
  const walk = async (query: Record<string, string | number>, between: () => Promise<unknown>) => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { body } = await stage.list({ tenant_id: 'shop', ...query, ...(cursor && { cursor }) });
      pages.push(body.messages.map(({ id }) => id));
      cursor = body.next_cursor;
      if (pages.length < 6) await between();
    } while (cursor !== undefined && pages.length < 100);
    return pages;
  };

  test('cover everything exactly once, in the order of acceptance, while messages are added and replaced between them', async () => {
    const batch_code = 'pages';
    const ids = Array.from({ length: 20 }, (_, i) => `page-${i}`);
    for (const id of ids) await stage.add([message({ id, batch_code, account_id: 'main' })]);
    let added = 0;
    const between = async () => {
      ids.push(`added-${added}`);
      await stage.add([
        message({ id: `added-${added}`, batch_code, account_id: 'main' }),
        message({ id: 'page-0', batch_code, account_id: 'main', subject: `Replaced ${added}` }),
      ]);
      added += 1;
    };
    const pages = await walk({ batch_code, limit: 3 }, between);
    expect(pages.flat()).toEqual(ids);
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(3);
  });

  test('a last page that is full has no next_cursor', async () => {
    const batch_code = 'full';
    for (let i = 0; i < 4; i++)
      await stage.add([message({ id: `full-${i}`, batch_code, account_id: 'main' })]);
    expect(await walk({ batch_code, limit: 2 }, async () => undefined)).toHaveLength(2);
    expect((await stage.list({ tenant_id: 'shop', batch_code, limit: 4 })).body).not.toHaveProperty(
      'next_cursor',
    );
  });

  test('have at most 1,000 messages, also without a limit', async () => {
    const batch_code = 'many';
    const many = (from: number) =>
      Array.from({ length: 600 }, (_, i) =>
        message({ id: `many-${from + i}`, batch_code, account_id: 'main' }),
      );
    for (const from of [0, 600]) expect((await stage.add(many(from))).body.queued).toBe(600);
    const { body } = await stage.list({ tenant_id: 'shop', batch_code });
    expect(body.messages).toHaveLength(1000);
    const rest = await stage.list({ tenant_id: 'shop', batch_code, cursor: String(body.next_cursor) });
    expect(rest.body.messages).toHaveLength(200);
    const all = [...body.messages, ...rest.body.messages].map(({ id }) => id);
    expect(all).toEqual(Array.from({ length: 1200 }, (_, i) => `many-${i}`));
  });
});

test('the list of an unknown tenant is not found', async () => {
  const { status, body } = await stage.list({ tenant_id: 'nobody' });
  expect({ status, body }).toEqual({ status: 404, body: { detail: 'tenant not found' } });
});
