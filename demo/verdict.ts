// Checks that the twenty mails fared as intended, and names everything that is missing or wrong.

import { type Arrival, type Entry, entryEvent, isFinal, type Timeline, type Track } from './timeline.js';

export function findFaults(
  { tracks }: Timeline,
  { arrivals, entries }: { arrivals: Arrival[]; entries: Entry[] },
): string[] {
  const strangers = [
    ...arrivals
      .filter(({ id }) => !tracks.has(id))
      .map(({ id }) => `the SMTP server got an unknown mail ${id}`),
    ...entries
      .filter(({ id }) => !tracks.has(id))
      .map(({ id }) => `the application was told of unknown ${id}`),
  ];
  const known = [...tracks.values()].flatMap((track) => {
    const { id, special } = track.mail;
    const faults = [...arrivalFaults(track), ...reportFaults(track), ...listingFaults(track)];
    return faults.map((fault) => `${id} (${special}): ${fault}`);
  });
  return [...strangers, ...known];
}

/** Whether the mail has its final state, and both the application and GET /messages know it. */
export function isSettled({ entries, listed }: Track): boolean {
  const final = listed?.status === 'sent' || listed?.status === 'error';
  return final && listed.reported_ts !== undefined && entries.some(isFinal);
}

function arrivalFaults({ mail, arrivals }: Track): string[] {
  if (mail.refusal === 'always')
    return arrivals.length === 0 ? [] : ['arrived, although its address is refused'];
  const arrival = arrivals[0];
  if (!arrival) return ['has not arrived at the SMTP server'];
  const faults: string[] = [];
  if (arrivals.length > 1) faults.push(`arrived ${arrivals.length} times`);
  if (mail.notBeforeTs !== undefined && arrival.at < mail.notBeforeTs * 1000)
    faults.push(`arrived ${(mail.notBeforeTs - arrival.at / 1000).toFixed(2)} s before its time`);
  const expected = [...mail.envelope].sort().join(', ');
  const envelope = [...arrival.recipients].sort().join(', ');
  if (envelope !== expected) faults.push(`went to ${envelope} instead of ${expected}`);
  if (mail.attached && !arrival.raw.toString('latin1').replace(/\r?\n/g, '').includes(mail.attached))
    faults.push('its attachment has not arrived');
  if (mail.hidden && arrival.raw.includes(mail.hidden)) faults.push(`names its Bcc ${mail.hidden}`);
  return faults;
}

function reportFaults({ mail, entries }: Track): string[] {
  const told = entries.map(entryEvent).join(', ') || 'nothing';
  const last = entries.at(-1);
  const wanted = mail.refusal === 'always' ? 'error' : 'sent';
  const faults: string[] = [];
  if (!last || entryEvent(last) !== wanted || entries.filter(isFinal).length !== 1)
    faults.push(`the application was to be told "${wanted}" once, as the last, and was told: ${told}`);
  if (mail.refusal === 'first' && !entries.some((entry) => entryEvent(entry) === 'deferred'))
    faults.push(`the application was to be told "deferred" first, and was told: ${told}`);
  return faults;
}

function listingFaults({ mail, listed }: Track): string[] {
  if (!listed) return ['is not in GET /messages'];
  const faults: string[] = [];
  const wanted = mail.refusal === 'always' ? 'error' : 'sent';
  if (listed.status !== wanted) faults.push(`GET /messages says ${listed.status} instead of ${wanted}`);
  if (mail.refusal === 'always' && listed.smtp_code !== 550)
    faults.push(`GET /messages says smtp_code ${listed.smtp_code ?? '(none)'} instead of 550`);
  if (mail.refusal === 'first' && !((listed.retry_count ?? 0) > 0))
    faults.push('GET /messages counts no retry');
  if (listed.reported_ts === undefined) faults.push('GET /messages has no reported_ts');
  return faults;
}
