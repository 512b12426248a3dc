// `mail-proxy bounce parse` answers as the contract of the command line says, without a service.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { notices } from '../bounce/mails/notices.js';
import { feedbackMail, group, reportMail, userUnknown } from '../bounce/mails/reports.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const run = promisify(execFile);

let folder: TempFolder;
const pathOf = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await tempFolder('bounce-parse');
  const mails = {
    'bounce.eml': userUnknown,
    'delay.eml': reportMail(group('ann@example.org', 'delayed', '4.4.1', '451 timed out')),
    'complaint.eml': feedbackMail('Feedback-Type: abuse\nOriginal-Rcpt-To: ann@example.org'),
    'vacation.eml': 'Return-Path: <>\nFrom: ann@example.org\nSubject: Out of office\n\nBack on Monday.\n',
  };
  for (const [name, text] of Object.entries(mails)) await writeFile(pathOf(name), text);
});
afterAll(() => folder.remove());

/** Without the environment that the service needs. */
function parse(...files: string[]): Promise<{ stdout: string; stderr: string; code?: number }> {
  const env = { PATH: process.env.PATH };
  return run(process.execPath, [program, 'bounce', 'parse', ...files], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout: string; stderr: string; code: number }) => error);
}

test('each file is a line of JSON, in the order of the files', async () => {
  const files = ['bounce.eml', 'delay.eml', 'complaint.eml', 'vacation.eml'].map(pathOf);
  const { stdout, stderr } = await parse('--json', ...files);
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(stderr).toBe('');
  expect(answers).toMatchObject([
    {
      kind: 'bounce',
      results: [
        {
          recipient: 'ann@example.org',
          bounce_type: 'hard',
          bounce_code: '550',
          status: '5.1.1',
          bounce_reason: 'user_unknown',
          original_id: 'order-1',
          action: 'failed',
          address_is_dead: true,
        },
      ],
    },
    {
      kind: 'none',
      what: 'delay',
      results: [{ bounce_type: 'soft', status: '4.4.1', address_is_dead: false }],
    },
    { kind: 'complaint', results: [{ recipient: 'ann@example.org', bounce_reason: 'complaint' }] },
    { kind: 'none', what: 'auto-reply', results: [] },
  ]);
  expect(answers.map(({ file }) => file)).toEqual(files);
});

test('people get a line for the mail and two for each recipient', async () => {
  const { stdout } = await parse(pathOf('bounce.eml'));
  expect(stdout).toBe(
    `${pathOf('bounce.eml')}: bounce of order-1\n  ann@example.org  hard  user_unknown  550  5.1.1  address is dead\n    550 5.1.1 <ann@example.org>: User unknown\n`,
  );
});

test('a file that cannot be read is named, the others are read, and the exit code is 1', async () => {
  const { stdout, stderr, code } = await parse(pathOf('missing.eml'), folder.path, pathOf('bounce.eml'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/Cannot read .*missing\.eml: ENOENT/);
  expect(stderr).toMatch(/Cannot read .*: EISDIR/);
  expect(stdout).toMatch(/bounce\.eml: bounce of order-1/);
});

test('without a file the exit code is 2', async () => {
  expect((await parse()).code).toBe(2);
});

test('thousands of files are read one after the other', async () => {
  const files = await Promise.all(
    Array.from({ length: 3000 }, async (_, n) => {
      const file = pathOf(`${n}.eml`);
      await writeFile(file, `From: MAILER-DAEMON@example.net\n\n${notices[0]?.body}`);
      return file;
    }),
  );
  const { stdout } = await parse('--json', ...files);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind),
  ).toEqual(files.map(() => 'bounce'));
});
