// A mail comes back after it was taken: a bounce arrives in a mailbox of a real Dovecot, is read, matched and reported.

import { setTimeout as pause } from 'node:timers/promises';
import { group, reportMail } from '../test/bounce/mails/reports.js';
import { login } from '../test/support/mail-servers/dovecot.js';
import type { Receivers } from './receivers.js';
import type { Screen } from './screen.js';
import type { Service } from './service.js';

const withinMs = 15_000;
const pollMs = 100;

/** Resolves to the faults. Without Dovecot, which needs root on Debian, it says so and shows nothing. */
export async function showBounce(
  { mailbox, arrivals, entries }: Receivers,
  service: Service,
  screen: Screen,
  signal: AbortSignal,
): Promise<string[]> {
  if (mailbox === undefined) {
    screen.say('\nNo bounce is shown, because this machine has no Dovecot.');
    return [];
  }
  const returned = arrivals().find(({ recipients }) => recipients.length === 1);
  if (returned === undefined) return ['no mail arrived that could come back'];
  const { id, sender, recipients } = returned;
  const why = group(recipients.join(), 'failed', '5.1.1', '550 5.1.1 The mailbox is gone');
  const person = await mailbox.person();
  await person.put([reportMail(why, { to: sender, headers: `Delivered-To: ${sender}\n` })]);
  const putAt = Date.now();
  await service.readBounces({ host: mailbox.host, port: mailbox.port, ...login });
  while (Date.now() < putAt + withinMs) {
    const told = entries().find((entry) => entry.id === id && entry.event_type === 'bounce');
    if (told !== undefined) {
      const { bounce_type: type, bounce_code: code, bounce_reason: reason } = told;
      screen.say(
        `\n${id} came back to ${sender}. Read over IMAP, matched by that address, and reported ` +
          `${((told.at - putAt) / 1000).toFixed(2)} s later: ${type} bounce, ${code} ${reason}.`,
      );
      return type === 'hard' ? [] : [`${id} came back as a ${type} bounce with ${code}`];
    }
    await pause(pollMs, undefined, { signal });
  }
  return [`the application was not told that ${id} came back`];
}
