// Links to large files open for people, and for nobody who changed them; what scanners do does not count.
import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, file, get, type LinkStage, press, setLinkStage } from '../../support/http/link-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

let on: LinkStage;
beforeAll(async () => {
  on = await setLinkStage();
});
beforeEach(() => on.configure());

const large = randomBytes(200_000);

describe('a link', () => {
  test('shows a page to GET and HEAD, which do not count, and starts the lifespan with POST alone', async () => {
    await on.configure({ lifespan_after_download_days: 2 });
    const { url } = await on.linked(file('plan.bin', large));
    const page = await get(url, { 'Accept-Language': 'fr-CH, en', Accept: 'text/html' });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await page.text()).toMatch(/<h1>plan\.bin<\/h1>.*<form method="post"><button>Télécharger</);
    for (const agent of ['Barracuda', 'SafeLinks', 'urldefense']) {
      for (const method of ['GET', 'HEAD'])
        expect((await get(url, { 'User-Agent': agent }, method)).status).toBe(200);
    }
    const downloads = async () =>
      (await query(on.stage.database, 'SELECT id FROM file_links WHERE downloaded_at IS NOT NULL')).length;
    const before = await downloads();
    const address = await press(url);
    expect(await downloads()).toBe(before + 1);
    const [link] = await query(
      on.stage.database,
      'SELECT expires_at - downloaded_at AS left FROM file_links WHERE downloaded_at IS NOT NULL ORDER BY expires_at LIMIT 1',
    );
    expect(Number(link?.left)).toBe(2 * 86_400_000);
    expect((await get(address)).status).toBe(200);
  });

  test('gives the file in parts, and says no to parts outside of it', async () => {
    const { url } = await on.linked(file('page.html', large));
    const address = await press(url);
    const whole = await get(address);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': '200000',
      'content-disposition': `attachment; filename="page.html"; filename*=UTF-8''page.html`,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect((await bytesOf(whole)).equals(large)).toBe(true);
    const head = await get(address, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '200000']);
    const ranges: [string, number, string | null, Buffer][] = [
      ['bytes=0-0', 206, 'bytes 0-0/200000', large.subarray(0, 1)],
      ['bytes=199990-', 206, 'bytes 199990-199999/200000', large.subarray(199_990)],
      ['bytes=-5', 206, 'bytes 199995-199999/200000', large.subarray(199_995)],
      ['bytes=100-999999999', 206, 'bytes 100-199999/200000', large.subarray(100)],
      ['bytes=200000-', 416, 'bytes */200000', Buffer.alloc(0)],
      ['bytes=-0', 416, 'bytes */200000', Buffer.alloc(0)],
      ['bytes=9-3', 200, null, large],
      ['bytes=0-1,5-6', 200, null, large],
      ['lines=1-2', 200, null, large],
    ];
    for (const [range, status, told, part] of ranges) {
      const answer = await get(address, { range });
      expect([range, answer.status, answer.headers.get('content-range')]).toEqual([range, status, told]);
      expect((await bytesOf(answer)).equals(part), range).toBe(true);
    }
    const other = await get(address, { range: 'bytes=0-0', 'if-range': '"other"' });
    expect(other.status).toBe(200);
    await other.body?.cancel();
  });

  test('leads nowhere when any character of its token is another', async () => {
    const { url } = await on.linked(file('plan.bin', large));
    const [, token = ''] = /download\/([^/]+)/.exec(url) ?? [];
    expect(token).toHaveLength(52);
    for (const [at, one] of [...token].entries()) {
      const changed = token.slice(0, at) + (one === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect((await get(url.replace(token, changed))).status, `character ${at}`).toBe(404);
    }
    const address = await press(url);
    const [, fileToken = ''] = /download\/([^/]+)/.exec(address) ?? [];
    for (const wrong of [
      `${token}A`,
      token.slice(1),
      token.toLowerCase(),
      '',
      'A'.repeat(52),
      fileToken.slice(0, 22) + token.slice(22),
    ])
      expect((await get(url.replace(token, wrong))).status, wrong).toBe(404);
    expect((await get(address, {}, 'POST')).status).toBe(404);
  });

  test.each([
    '..%2F..%2Fetc%2Fpasswd',
    '%2e%2e%2fplan.bin',
    'plan.bin%00',
    '..\\plan.bin',
    'other.bin',
    'plan.bin/',
    'plan.bin/../../../acme',
    '%ff',
  ])('leads nowhere with the name %s', async (name) => {
    const { url } = await on.linked(file('plan.bin', large));
    const { status } = await get(url.replace('plan.bin', name));
    expect(status).toBe(404);
  });

  test('ends when it expires or is revoked, also for downloads that have begun', async () => {
    const [one, two] = [
      await on.linked(file('expired.bin', large)),
      await on.linked(file('revoked.bin', large)),
    ];
    const addresses = [await press(one.url), await press(two.url)];
    await query(on.stage.database, "UPDATE file_links SET expires_at = 1 WHERE filename = 'expired.bin'");
    const token = async (id: string) =>
      (await on.service.api<{ api_key: string }>('POST', `/tenant/${id}/api-key`, { name: on.newId() })).body
        .api_key;
    await addTenant(on.service, 'other');
    const revoke = async (id: string) =>
      on.service.api('POST', '/commands/revoke-links', { ids: [two.id] }, { token: await token(id) });
    expect((await revoke('other')).body).toEqual({ ok: true, revoked: 0 });
    expect((await get(two.url)).status).toBe(200);
    expect((await revoke('acme')).body).toEqual({ ok: true, revoked: 1 });
    const notice = await get(two.url, { Accept: 'text/html', 'Accept-Language': 'de' });
    expect([notice.status, await notice.text()]).toEqual([
      410,
      expect.stringContaining('nicht mehr verfügbar'),
    ]);
    expect(await (await get(two.url)).json()).toEqual({
      detail: expect.stringMatching(/no longer available/),
    });
    for (const { url } of [one, two])
      for (const method of ['GET', 'HEAD', 'POST']) expect((await get(url, {}, method)).status).toBe(410);
    // Whoever has begun before the end may finish, but not against the sender's will.
    expect(await Promise.all(addresses.map(async (url) => (await get(url)).status))).toEqual([200, 410]);
  });
});
