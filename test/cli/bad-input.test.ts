// Files of instances that are damaged or missing are named in one sentence, and hide no other instance.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../support/cli/run-cli.js';
import { runHere } from '../support/cli/run-here.js';
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
