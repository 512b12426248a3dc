// What is wrong with the files of instances, the disk, the folder or the reader of the output is one sentence, and leaves
// nothing half done.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/cli/run-cli.js';
import { runHere } from '../support/cli/run-here.js';
import { freePort } from '../support/programs/free-port.js';
import { tempFolder } from '../support/programs/temp-folder.js';

const folder = await tempFolder('bad-input');
afterAll(() => folder.remove());
const run = (...args: string[]) => runCli(args, { MAIL_PROXY_HOME: folder.path });

test('damaged settings, a missing token and a damaged address are one sentence each', async () => {
  const files = {
    'bad/config.ini': 'rubbish\n',
    'bare/config.ini': '[server]\nport = 1\n',
    'far/remote.json': '{',
    'fine/config.ini': '[server]\nhost = 127.0.0.1\nport = 1\n',
    'fine/token': 't\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder.path, name, '..'), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
  const listed = await run('list');
  expect(listed.stdout.match(/^\w+ +\w+/gm)).toEqual([
    expect.stringMatching(/^NAME/),
    expect.stringMatching(/^bad +broken/),
    expect.stringMatching(/^bare +broken/),
    expect.stringMatching(/^far +broken/),
    expect.stringMatching(/^fine +stopped/),
  ]);
  for (const [name, sentence] of [
    ['bad', /config\.ini:1 is not "key = value"\n$/],
    ['bare', /^ENOENT: .*bare\/token'\n$/],
    ['far', /remote\.json is damaged: .*\n$/],
  ] as const) {
    const { code, stdout, stderr } = await run('info', '-i', name);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(sentence),
    });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});

test.each(['127.0.0.1:8000', 'localhost', 'ftp://127.0.0.1', 'http://'])(
  'an address that is none is one sentence: %s',
  async (url) => {
    const { code, stderr } = await runHere(['info', '--url', url, '--token', 't'], {
      MAIL_PROXY_HOME: folder.path,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/ is not the address of a service, such as http:.*\n$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  },
);

test('a folder that cannot be made is named, at once', async () => {
  const { code, stderr } = await runCli(['start', 'demo', '--port', '8000'], {
    MAIL_PROXY_HOME: '/proc/mail-proxy/home',
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^\/proc\/mail-proxy\/home cannot be made: ENOENT.* MAIL_PROXY_HOME names another folder\n$/,
  );
});

test('a disk that is full while an instance is made leaves nothing of the instance', async ({ skip }) => {
  const disk = join(folder.path, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  skip(mounted.status !== 0, 'only root can mount');
  onTestFinished(() => void spawnSync('umount', [disk]));
  const port = String(await freePort());
  const start = () => runCli(['start', 'demo', '--background', '--port', port], { MAIL_PROXY_HOME: disk });
  const { code, stderr } = await start();
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/full; demo was not made\n$/) });
  expect(readdirSync(disk)).toEqual([]);
  spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'all')}`, 'bs=4k']);
  expect(await start()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ENOSPC.*\n$/) });
  expect(readdirSync(disk)).toEqual(['all']);
});

test('a reader that has gone, as head does, ends a command without an error', () => {
  const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
  // `true` is gone before the first line is written.
  const script = `"${process.execPath}" "${program}" completion bash | true; exit \${PIPESTATUS[0]}`;
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, MAIL_PROXY_HOME: folder.path },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
