// npm run demo: sends twenty mails through a real mail-proxy, and leaves neither a process nor a file behind.

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killGroups, logTail } from './instance.js';
import { killLeftovers } from './leftovers.js';
import { openScreen } from './screen.js';
import { demonstrate, type Stage } from './story.js';
import { whatNext } from './summary.js';

// The whole demo ends within 60 seconds, of which ten are for stopping the instance.
const followWithinMs = 42_000;
const giveUpAfterMs = 44_000;
const hardLimitMs = 59_000;
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const until = Date.now() + followWithinMs;
const stopped = new AbortController();
const folder = await mkdtemp(join(tmpdir(), 'mail-proxy-demo-'));
const stage: Stage = { folder, screen: openScreen(), undo: [], until, signal: stopped.signal };
const { screen } = stage;
const interruption = listenForTheEnd();

const faults = await demonstrate(stage).catch((error: unknown) => [reasonOf(error)]);
if (interruption.by) screen.say(`\n${interruption.by}: stopping the instance ...`);
else if (faults.length > 0) screen.say(await explanation(faults));
const untidy = await cleanUp();
if (untidy.length > 0) screen.say(`\nNot cleaned up as it should be:\n  ${untidy.join('\n  ')}`);
const failed = faults.length + untidy.length > 0 || stopped.signal.aborted;
if (failed && faults.length + untidy.length === 0) screen.say(`\n${reasonOf(stopped.signal.reason)}`);
if (untidy.length === 0) screen.say('Instance stopped, temporary folder removed.');
if (!failed) screen.say(`\n${whatNext}`);
process.exitCode = interruption.by ? exitCodes[interruption.by] : failed ? 1 : 0;

/** An early end only aborts the demo, so that the clean-up still runs. */
function listenForTheEnd(): { by?: keyof typeof exitCodes } {
  const interruption: { by?: keyof typeof exitCodes } = {};
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      interruption.by ??= name;
      stopped.abort(new Error(`stopped by ${name}`));
    });
  process.on('uncaughtException', (error) => stopped.abort(error));
  // The reader of the output may go away, as in `npm run demo | head`.
  process.stdout.on('error', (error) => stopped.abort(error));
  const late = new Error(`the demo was not done after ${giveUpAfterMs / 1000} s`);
  setTimeout(() => stopped.abort(late), giveUpAfterMs).unref();
  setTimeout(lastResort, hardLimitMs).unref();
  return interruption;
}

async function cleanUp(): Promise<string[]> {
  const untidy: string[] = [];
  for (const undo of stage.undo.reverse())
    untidy.push(...(await undo().catch((error: unknown) => [reasonOf(error)])));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) => {
    untidy.push(reasonOf(error));
  });
  return untidy;
}

async function lastResort(): Promise<void> {
  killGroups();
  await killLeftovers(folder, 0);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}

async function explanation(faults: string[]): Promise<string> {
  const tail = await logTail(folder);
  return [
    '\nThe demo failed:',
    ...faults.map((fault) => `  - ${fault}`),
    tail ? `\nThe end of the instance's log:\n${tail}` : '\nThe instance has logged nothing.',
  ].join('\n');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return error.message + cause;
}
