// Large contents are taken out of a body while it arrives, however its chunks fall, and nothing else is changed.
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { type Lift, openLift } from '../../src/accept/attachments/lift-contents.js';
import { modeOf } from '../../src/domain/attachment/attachment.js';

const bytes = randomBytes(100_001);
const base64 = bytes.toString('base64');

let lift: Lift;
afterEach(() => lift.close());

/** @returns the body as it is then parsed */
async function take(body: string, sizes: number[] = [65_536]): Promise<string> {
  lift = openLift('nonce', async () => undefined);
  const raw = Buffer.from(body);
  const kept: Buffer[] = [];
  for (let at = 0, n = 0; at < raw.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    kept.push(...(await lift.take(raw.subarray(at, at + size))));
    at += size;
  }
  return Buffer.concat(kept).toString();
}

async function contentAt(place: string): Promise<Buffer | undefined> {
  const content = lift.contents.get(place)?.content;
  if (content === undefined) return undefined;
  const blocks: Buffer[] = [];
  for await (const block of content.read()) blocks.push(block);
  const whole = Buffer.concat(blocks);
  expect([content.size, content.hash]).toEqual([
    whole.length,
    createHash('sha256').update(whole).digest('hex'),
  ]);
  return whole;
}

const bodyWith = (storagePath: string, rest = '') =>
  `{"default_priority":1,"messages":[{"id":"a","body":"\\"[{ \\\\","attachments":[{"filename":"x"},{"filename":"é","storage_path":${storagePath}}]${rest}}, {"id":"b"}]}`;

const escapes: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['as PHP writes it', (text) => text.replaceAll('/', '\\/')],
  ['as .NET writes it', (text) => text.replaceAll('+', '\\u002B').replaceAll('=', '\\u003d')],
  ['in lines', (text) => text.replace(/.{76}/g, '$&\\r\\n')],
];
const chunks: [string, number[]][] = [
  ['chunks of a socket', [65_536]],
  ['chunks of 1 to 7 bytes', [1, 2, 3, 4, 5, 6, 7]],
  ['one chunk', [10_000_000]],
];

test.each(escapes.flatMap(([how, write]) => chunks.map(([size, sizes]) => ({ how, write, size, sizes }))))(
  'base64 $how in $size',
  async ({ write, sizes }) => {
    const kept = await take(bodyWith(`"base64:${write(base64)}"`), sizes);
    expect(kept).toBe(bodyWith('"base64:nonce/0"'));
    expect((await contentAt('base64:nonce/0'))?.equals(bytes)).toBe(true);
  },
);

test('without the prefix, the way to fetch it is told by its first characters', async () => {
  await take(
    `{"messages":[{"attachments":[{"storage_path":"${base64}"},{"storage_path":"https://${base64}"}]}]}`,
  );
  expect(lift.contents.get('base64:nonce/0')?.mode).toBe(modeOf(base64));
  expect((await contentAt('base64:nonce/0'))?.equals(bytes)).toBe(true);
  expect(lift.contents.get('base64:nonce/1')).toEqual({ mode: 'http_url', content: undefined });
});

test.each([
  ['a short content', bodyWith('"base64:SGVsbG8="')],
  ['a path of the longest kind, each character escaped', bodyWith(`"${'\\u002f'.repeat(8192)}"`)],
  ['another field', bodyWith('"x"', `,"text":"base64:${base64}"`)],
  ['the same name elsewhere', `{"storage_path":"${base64}","messages":[{"storage_path":"${base64}"}]}`],
  ['one level deeper', `{"messages":[{"attachments":[{"x":{"storage_path":"${base64}"}}]}]}`],
  ['another list', `{"messages":[{"others":[{"storage_path":"${base64}"}]}]}`],
  ['a list too many', `{"messages":[[{"attachments":[{"storage_path":"${base64}"}]}]]}`],
  ['a name that is a value', `{"messages":[{"attachments":[{"a":"storage_path","b":"${base64}"}]}]}`],
])('%s stays in the body', async (_name, body) => {
  expect(await take(body, [1000])).toBe(body);
  expect(lift.contents.size).toBe(0);
});

test('what is not base64 is told as that, wherever it goes wrong', async () => {
  const bad = [base64.replace(/.$/, ''), `é${base64}`, base64.replace(/.{60000}/, '$&-'), `${base64}AAAA`];
  await take(`{"messages":[{"attachments":[${bad.map((text) => `{"storage_path":"${text}"}`)}]}]}`);
  expect([...lift.contents.values()].map(({ content }) => content)).toEqual(bad.map(() => undefined));
});

test.each([
  ['an escape that JSON has not', `base64:\\x${base64}`],
  ['a line break', `base64:${base64}\n`],
  ['an end within an escape', `base64:${base64}\\u00`],
])('%s is no JSON afterwards either', async (_name, text) => {
  const body = bodyWith(`"${text}"`);
  expect(() => JSON.parse(body)).toThrow();
  const kept = await take(body);
  expect(() => JSON.parse(kept)).toThrow();
});

test('a body that ends within a content is no JSON afterwards either', async () => {
  const kept = await take(bodyWith(`"base64:${base64}`).slice(0, 120_000));
  expect(() => JSON.parse(kept)).toThrow();
});

test('a run of backslashes takes no longer than other text', async () => {
  const body = bodyWith(`"${'\\\\'.repeat(500_000)}"`);
  await take(body);
  expect([...lift.contents.values()]).toEqual([{ mode: 'endpoint', content: undefined }]);
});

test('without a folder for temporary files, the call may be repeated', async () => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = '/nonexistent';
  try {
    const large = 'QUJD'.repeat(100_000);
    await expect(take(bodyWith(`"${large}"`))).rejects.toMatchObject({ code: 'database_unavailable' });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});
