// The demo itself: starts everything, posts twenty mails, follows them and says how they fared.

import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/support/programs/free-port.js';
import { showBounce } from './bounce.js';
import { startInstance, waitUntilReady } from './instance.js';
import { killLeftovers } from './leftovers.js';
import { demoMails } from './mails.js';
import { type Receivers, startReceivers } from './receivers.js';
import type { Screen } from './screen.js';
import { type Service, serviceAt } from './service.js';
import { closingSentence, closingTable, receivedMail } from './summary.js';
import { newTimeline, type Timeline } from './timeline.js';
import { watch } from './watch.js';

export type Stage = {
  folder: string;
  screen: Screen;
  /** Clean-up steps for the end, the last first. Each resolves to its faults. */
  undo: (() => Promise<string[]>)[];
  /** Unix milliseconds: the mails are followed no longer than this. */
  until: number;
  signal: AbortSignal;
};

const readyWithinMs = 20_000;
/** How long the children of the instance may take to end after it. */
const followWithinMs = 2_000;

/** Resolves to the faults, an empty list when all went well; throws when the demo cannot go on. */
export async function demonstrate(stage: Stage): Promise<string[]> {
  const { folder, screen, undo, signal } = stage;
  const receivers = await startReceivers();
  undo.push(receivers.stop);
  const instance = startInstance(folder, await freePort());
  undo.push(async () => [...(await instance.stop()), ...(await killLeftovers(folder, followWithinMs))]);
  const running = AbortSignal.any([signal, instance.died]);
  const { server, application } = receivers;
  screen.say(`SMTP server on ${server.host}:${server.port}, receiving application on ${application.url}`);
  screen.say(`mail-proxy on ${instance.url}, its files in ${folder}`);
  try {
    const readyAfterMs = await waitUntilReady(instance.url, readyWithinMs, running);
    screen.say(`GET /ready: 200 after ${(readyAfterMs / 1000).toFixed(1)} s`);
    const service = serviceAt(instance, running);
    screen.say(`The dashboard: ${await service.dashboard()}, log in with the admin token`);
    await service.createTenant(application);
    await service.createAccount(server);
    return await postAndFollow(stage, receivers, service, running);
  } catch (error) {
    // A call to a dying instance fails a moment before the end of the process is known.
    if (!running.aborted) await pause(200);
    throw running.aborted ? running.reason : error;
  }
}

async function postAndFollow(
  { screen, until, signal }: Stage,
  witnesses: Receivers,
  service: Service,
  running: AbortSignal,
): Promise<string[]> {
  const postedAt = Date.now();
  const mails = demoMails(postedAt);
  const rejected = await service.addMessages(mails);
  if (rejected.length > 0) return rejected;
  const timeline = newTimeline(mails, postedAt, Date.now());
  screen.say(`POST /commands/add-messages: ${mails.length} mails queued. Seconds count from here.\n`);
  screen.begin(postedAt, mails.length);
  try {
    const faults = await watch(timeline, { witnesses, service, screen }, until, running);
    return faults.concat(await showBounce(witnesses, service, screen, running));
  } finally {
    screen.end();
    if (!signal.aborted) tellTheEnd(screen, timeline, witnesses);
  }
}

function tellTheEnd(screen: Screen, timeline: Timeline, receivers: Receivers): void {
  // The mail with cc and bcc shows that its envelope names three recipients and its headers two.
  const shown = receivers.arrivals().find(({ recipients }) => recipients.length > 1);
  if (shown) screen.say(`\n${receivedMail(shown)}`);
  screen.say(`\n${closingTable(timeline, receivers)}\n\n${closingSentence(timeline)}`);
}
