// A shell completes commands, flags and instances with the printed script, and every command shows an example.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../support/cli/run-cli.js';
import { tempFolder } from '../support/programs/temp-folder.js';

const folder = await tempFolder('completion');
afterAll(() => folder.remove());
for (const name of ['demo', 'other']) mkdirSync(join(folder.path, name));

/** What bash offers for each line, whose last word is being typed. */
async function offers(script: string, lines: string[]): Promise<string[][]> {
  const asked = lines.map((line) => {
    const words = line.split(' ');
    return `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _mail_proxy; echo "\${COMPREPLY[*]}"`;
  });
  const env = { PATH: process.env.PATH ?? '', MAIL_PROXY_HOME: folder.path };
  const { stdout } = await promisify(execFile)('bash', ['-uc', [script, ...asked].join('\n')], { env });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

test('bash completes commands in both orders of words, verbs, flags, values of flags, and instances', async () => {
  const { stdout: script } = await runCli(['completion', 'bash'], {});
  const found = await offers(script, [
    'mail-proxy acc',
    'mail-proxy de',
    'mail-proxy accounts v',
    'mail-proxy demo shop accounts a',
    'mail-proxy accounts add --provider fast',
    'mail-proxy accounts add --limit-m',
    'mail-proxy stop ',
    'mail-proxy messages list --instance o',
  ]);
  expect(found).toEqual([
    ['accounts'],
    ['delete', 'demo'],
    ['verify'],
    ['add'],
    ['fastmail'],
    ['--limit-minute'],
    ['demo', 'other'],
    ['other'],
  ]);
});

test('zsh and fish get scripts of their own, another shell is an error of usage', async () => {
  expect((await runCli(['completion', 'zsh'], {})).stdout).toMatch(/^#compdef mail-proxy\n/);
  expect((await runCli(['completion', 'fish'], {})).stdout).toContain(
    "complete -c mail-proxy -n '__fish_seen_subcommand_from accounts; and __fish_seen_subcommand_from add' -l host -r",
  );
  expect((await runCli(['completion', 'csh'], {})).code).toBe(2);
});

test('the help of every command has an example', () => {
  const manifest = new URL('../../oclif.manifest.json', import.meta.url);
  const { commands } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    commands: Record<string, { examples?: string[] }>;
  };
  const without = Object.entries(commands).filter(([, { examples = [] }]) => examples.length === 0);
  expect(without.map(([id]) => id)).toEqual([]);
});
