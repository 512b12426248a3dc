// A bucket as storage: mails have links of the storage itself or of the service, and its secret goes nowhere else.
import { randomBytes } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { beforeAll, expect, test } from 'vitest';
import {
  bytesOf,
  file,
  get,
  type LinkStage,
  linkIn,
  press,
  setLinkStage,
} from '../../support/http/link-stage.js';
import { mail } from '../../support/stage/mail.js';
import { query } from '../../support/stage/tables.js';
import { s3Login, startS3 } from '../../support/storages/s3.js';

let on: LinkStage;
let storage_url: string;
beforeAll(async () => {
  const endpoint = await startS3();
  storage_url = `s3://files/mails?endpoint=${endpoint}`;
  on = await setLinkStage();
});

const large = randomBytes(200_000);
const put = (large_file_config: object) => on.service.api('PUT', '/tenant/acme', { large_file_config });

test('a mail has a link that the storage itself has signed, and that opens without the service', async () => {
  await on.configure({ storage_url, storage_auth: s3Login, public_base_url: undefined, file_ttl_days: 30 });
  const { parsed } = await on.send([file('Plan.pdf', large)]);
  expect(parsed.attachments).toEqual([]);
  const url = /http:\S+/.exec(parsed.text ?? '')?.[0] ?? '';
  expect(url).toContain('/files/mails/acme/');
  // The longest that S3 allows.
  expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('604800');
  const answer = await fetch(url);
  expect(answer.headers.get('content-disposition')).toContain('filename="Plan.pdf"');
  expect((await bytesOf(answer)).equals(large)).toBe(true);
});

test('links lead to the address at which recipients reach the bucket, and are signed for it', async () => {
  const open = new URL(new URL(storage_url).searchParams.get('endpoint') ?? '');
  open.hostname = 'localhost';
  await on.configure({
    storage_url: `${storage_url}&public_endpoint=${open.origin}`,
    storage_auth: s3Login,
    link_type: 'presigned',
    file_ttl_days: 7,
  });
  const { parsed } = await on.send([file('public.pdf', large)]);
  const url = /http:\S+/.exec(parsed.text ?? '')?.[0] ?? '';
  expect(new URL(url).origin).toBe(open.origin);
  expect((await bytesOf(await get(url))).equals(large)).toBe(true);
});

test('a mail has a link to the page of the service, which reads from the bucket', async () => {
  await on.configure({ storage_url, storage_auth: s3Login });
  const { url } = await on.linked(file('page.pdf', large));
  const part = await get(await press(url), { range: 'bytes=5-9' });
  expect([part.status, (await bytesOf(part)).equals(large.subarray(5, 10))]).toEqual([206, true]);
});

test('the secret is hidden, sealed, and given again before it goes to another storage', async () => {
  await on.configure({ storage_url, storage_auth: s3Login });
  const { body } = await on.service.api<{ large_file_config: object }>('GET', '/tenant/acme');
  expect(body.large_file_config).toMatchObject({ storage_auth: { user: 'S3RVER', password: '***' } });
  const config = { enabled: true, action: 'rewrite', public_base_url: on.service.url };
  const elsewhere = 's3://files?endpoint=http://127.0.0.1:9';
  const hidden = { user: 'S3RVER', password: '***' };
  expect(await put({ ...config, storage_url: elsewhere, storage_auth: hidden })).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'large_file_config', 'storage_auth', 'password'] }] },
  });
  expect((await put({ ...config, storage_url, storage_auth: hidden })).status).toBe(200);
  expect((await put({ ...config, storage_url: elsewhere, storage_auth: s3Login })).status).toBe(200);
  const [row] = await query(on.stage.database, 'SELECT storage_secret, large_file_config FROM tenants');
  expect(String(row?.storage_secret)).toMatch(/^v1:/);
  expect(String(row?.large_file_config)).not.toContain('"password"');
});

test('a bucket that is away or refuses defers the message, until it is there', async () => {
  const away = { storage_url: 's3://files?endpoint=http://127.0.0.1:9', storage_auth: s3Login };
  await on.configure(away);
  const id = on.newId();
  await on.tenant.handIn(on.service, [mail(id, { attachments: [file('plan.bin', randomBytes(200_000))] })]);
  const { deferred_reason } = await on.tenant.until(on.service, id, ({ status }) => status === 'deferred');
  expect(deferred_reason).toMatch(
    /it could not be put into a link: the storage cannot be reached \(ECONNREFUSED/,
  );
  await on.configure({ storage_url, storage_auth: s3Login });
  await on.sink.waitFor((messages) => messages.some((one) => one.id === id));
  const raw = on.sink.messages.find((one) => one.id === id)?.raw ?? '';
  expect(linkIn((await simpleParser(raw)).text)).toContain('/download/');
});

test.each([
  [{ storage_url: undefined }, 'storage_url', 'is needed with the action rewrite'],
  [
    { public_base_url: undefined, storage_url: 'file:///srv/x' },
    'public_base_url',
    'GMP_PUBLIC_URL is not set',
  ],
  [{ storage_url: 'file:///srv/x', link_type: 'presigned' }, 'link_type', 'a file:// storage cannot do'],
  [{ link_type: 'presigned', file_ttl_days: 8 }, 'file_ttl_days', 'is over 7'],
  [
    { link_type: 'presigned', lifespan_after_download_days: 7 },
    'lifespan_after_download_days',
    'cannot begin',
  ],
  [
    { link_type: 'public', public_base_url: 'https://x.test', lifespan_after_download_days: 1 },
    'lifespan_after_download_days',
    'cannot begin',
  ],
  [{ storage_url: 's3://user:secret@files' }, 'storage_url', 'it belongs in storage_auth'],
  [{ storage_url: 's3://files/../x?bucket=1' }, 'storage_url', 'has the option bucket'],
  [{ storage_url: 'file:///srv/%2e%2e%2fetc' }, 'storage_url', 'is not the URL of a folder'],
  [{ storage_url: 'file://host/share' }, 'storage_url', 'is not the URL of a folder'],
  [{ link_texts: { de: { entry: 'ohne Namen' } } }, 'link_texts', 'does not contain {name}'],
])('%j is refused with the name of its field', async (fields, field, reason) => {
  const config = { enabled: true, action: 'rewrite', public_base_url: on.service.url, storage_url };
  const { status, body } = await put({ ...config, ...fields });
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain(`"large_file_config","${field}"`);
  expect(JSON.stringify(body)).toContain(reason);
});
