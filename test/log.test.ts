// What is logged never holds a secret, whatever object it comes in; and what was thrown always has a reason.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Fault, reasonOf } from '../src/errors.js';

const logModule = fileURLToPath(new URL('../dist/log.js', import.meta.url));

/** The line that a process of its own prints for one call of the log. */
async function lineOf(entry: unknown, logFormat: 'text' | 'json'): Promise<string> {
  const script = `import { openLog } from ${JSON.stringify(logModule)};
    openLog({ logLevel: 'info', logFormat: '${logFormat}' }).info(JSON.parse(process.argv[1]), 'event');`;
  const args = ['--input-type=module', '-e', script, JSON.stringify(entry)];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

const secret = 'hush-hush';
const fields = ['password', 'pass', 'token', 'api_key', 'authorization', 'secret', 'client_auth'];

test.each(['text', 'json'] as const)(
  'as %s: fields that hold secrets never reach the line',
  async (format) => {
    const flat = Object.fromEntries(fields.map((name) => [name, secret]));
    const line = await lineOf(
      { ...flat, account: { ...flat, host: 'smtp.example' }, tenant: 'shop' },
      format,
    );
    expect(line).not.toContain(secret);
    expect(line).toContain('smtp.example');
    expect(line).toContain('shop');
    expect(line).toContain('***');
  },
);

test('as json every line is one object, with its time in ISO 8601', async () => {
  const line = await lineOf({ id: 'a\nb' }, 'json');
  expect(line.split('\n')).toEqual([expect.any(String), '']);
  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    time: expect.stringMatching(/Z$/),
    id: 'a\nb',
    msg: 'event',
  });
});

test.each([
  [new Error('no'), 'no'],
  [new TypeError(), 'TypeError'],
  [new Fault('not_found', 'not there', { cause: new Error('hidden') }), 'not there'],
  [new AggregateError([new Error('first'), new Error('second')], 'all'), 'first'],
  [new AggregateError([], 'none of it'), 'none of it'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
])('%o has the reason "%s"', (thrown, reason) => {
  expect(reasonOf(thrown)).toBe(reason);
});
