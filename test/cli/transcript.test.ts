// The transcript in docs/cli.md is what its commands print; `node scripts/test.mjs test/cli/transcript -u` writes it anew.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../support/cli/run-cli.js';
import { runHere } from '../support/cli/run-here.js';
import { freePort } from '../support/programs/free-port.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { startSmtpSink } from '../support/servers/smtp-sink.js';

const page = fileURLToPath(new URL('../../docs/cli.md', import.meta.url));
const folder = await tempFolder('transcript');
const sink = await startSmtpSink();
const env = { MAIL_PROXY_HOME: join(folder.path, 'home'), TZ: 'UTC' };
afterAll(async () => {
  await runCli(['stop', 'demo', '--force'], env);
  await sink.stop();
  await folder.remove();
});

/** Words of a line, which may stand in double quotation marks. */
const wordsOf = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');

/** Puts the same ports, times and keys in place of those of this run, and aligns tables again. */
function settle(output: string, port: number): string {
  const lines = output
    .replaceAll(`127.0.0.1:${port}`, '127.0.0.1:8000')
    .replaceAll(`:${sink.port}`, ':2525')
    .replace(/\d+\/\d+\/\d+, [\d:]+ [AP]M [A-Z]+/g, '11/27/2026, 9:00:00 AM UTC')
    .replace(/^[\w-]{43}$/gm, 'Zo1cT...')
    .replace(/\b\d+ m?s\b/g, '2 s')
    .replace(/(?<=EHLO ).*/g, 'mail.example.org')
    .replace(/(?<=SIZE=)\d+|\d+(?= bytes)/g, '460')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  const isTable = lines.length > 1 && lines.every((cells) => cells.length > 1);
  const widths = lines[0]?.map((_, n) => Math.max(...lines.map((cells) => cells[n]?.length ?? 0))) ?? [];
  const lineOf = (cells: string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd();
  return lines.map((cells) => (isTable ? lineOf(cells) : cells.join('  '))).join('\n');
}

test('every command of the transcript prints what stands there', async () => {
  const port = await freePort();
  const text = readFileSync(page, 'utf8');
  const begin = text.indexOf('    $ mail-proxy start demo');
  const end = text.indexOf('\n\n', text.indexOf('    $ mail-proxy stop demo'));
  const commands = text.slice(begin, end).match(/^ {4}\$ mail-proxy .*$/gm) ?? [];
  expect(commands.length).toBeGreaterThan(5);
  const parts: string[] = [];
  for (const line of commands) {
    const args = wordsOf(line.replace('2525', String(sink.port))).slice(2);
    const isStart = args[0] === 'start';
    const { stdout, stderr } = await (isStart ? runCli : runHere)(
      [...args, ...(isStart ? ['--port', String(port)] : [])],
      env,
    );
    const shown = settle(stdout + stderr, port).replace(/^/gm, '    ');
    parts.push(`${line}\n${shown}`);
  }
  await expect(text.slice(0, begin) + parts.join('\n') + text.slice(end)).toMatchFileSnapshot(page);
});
