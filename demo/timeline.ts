// The history of each mail, from three witnesses: the SMTP server, the application, and GET /messages.

import type { DemoMail } from './mails.js';
import type { ListedMessage } from './service.js';

/** A mail as the SMTP server took it; `at` in Unix milliseconds. */
export type Arrival = { at: number; id: string; sender: string; recipients: string[]; raw: Buffer };

/** An entry of a delivery report as the application got it; `at` in Unix milliseconds. */
export type Entry = {
  at: number;
  id: string;
  sent_ts?: number;
  error_ts?: number;
  error?: string;
  deferred_ts?: number;
  deferred_reason?: string;
  event_type?: string;
  bounce_type?: string;
  bounce_code?: string;
  bounce_reason?: string;
};

export type Track = {
  mail: DemoMail;
  listed?: ListedMessage;
  arrivals: Arrival[];
  entries: Entry[];
  /** Where the mail is now. */
  state: State;
};

export type State = 'queued' | 'deferred' | 'sent' | 'error';
export type Step = State | 'reported';
export type Happening = { at: number; mail: DemoMail; step: Step; detail: string };
/** `postedAt` is when the POST began, `queuedAt` when it was answered; both in Unix milliseconds. */
export type Timeline = {
  postedAt: number;
  queuedAt: number;
  tracks: Map<string, Track>;
  told: Set<string>;
};

export function newTimeline(mails: DemoMail[], postedAt: number, queuedAt: number): Timeline {
  const track = (mail: DemoMail): Track => ({ mail, arrivals: [], entries: [], state: 'queued' });
  const tracks = new Map(mails.map((mail) => [mail.id, track(mail)]));
  return { postedAt, queuedAt, tracks, told: new Set() };
}

export const isFinal = (entry: Entry): boolean => entry.sent_ts !== undefined || entry.error_ts !== undefined;
export const entryEvent = (entry: Entry): State =>
  entry.sent_ts !== undefined ? 'sent' : entry.error_ts !== undefined ? 'error' : 'deferred';

/** Takes what the witnesses know now (whole lists) and returns the new events, in order of time. */
export function observe(
  { queuedAt, tracks, told }: Timeline,
  seen: { at: number; arrivals: Arrival[]; entries: Entry[]; listed: ListedMessage[] },
): Happening[] {
  const fresh: Happening[] = [];
  // The application and GET /messages both know of deferrals and errors. The first of the two is shown.
  const tell: Tell = (mail, step, number, at, detail) => {
    const key = `${mail.id} ${step} ${number}`;
    if (told.has(key)) return;
    told.add(key);
    fresh.push({ at, mail, step, detail });
  };
  for (const track of tracks.values()) {
    const { mail } = track;
    track.arrivals = seen.arrivals.filter(({ id }) => id === mail.id);
    track.entries = seen.entries.filter(({ id }) => id === mail.id);
    tell(mail, 'queued', 0, queuedAt, `"${mail.subject}"`);
    const listed = seen.listed.find(({ id }) => id === mail.id);
    if (listed) track.listed = listed;
    for (const [index, { at, recipients }] of track.arrivals.entries())
      tell(mail, 'sent', index, at, `SMTP server took it for ${recipients.join(', ')}`);
    track.state = stateAt(track, seen.at);
    tellEntries(track, tell);
    tellListed(track, seen.at, tell);
  }
  return fresh.sort((a, b) => a.at - b.at);
}

function stateAt({ arrivals, listed, entries }: Track, at: number): State {
  const last = entries.at(-1);
  if (arrivals.length > 0) return 'sent';
  if (listed?.status === 'error' || last?.error_ts !== undefined) return 'error';
  // A mail with a `deferred_ts` may be listed as pending until then.
  const waits = listed?.status === 'deferred' || (listed?.deferred_ts ?? 0) * 1000 > at;
  return waits ? 'deferred' : 'queued';
}

/** `number` tells apart events that can happen to a mail more than once. */
type Tell = (mail: DemoMail, step: Step, number: number, at: number, detail: string) => void;

function tellEntries({ mail, entries }: Track, tell: Tell): void {
  let deferrals = 0;
  for (const [index, entry] of entries.entries()) {
    const event = entryEvent(entry);
    if (event === 'deferred')
      tell(mail, event, ++deferrals, entry.at, waiting(entry.deferred_ts, entry.deferred_reason));
    if (event === 'error') tell(mail, event, 0, entry.at, entry.error ?? '');
    tell(mail, 'reported', index, entry.at, `application told: ${event}`);
  }
}

function tellListed({ mail, listed, state }: Track, at: number, tell: Tell): void {
  if (state === 'error') tell(mail, 'error', 0, at, listed?.error ?? '');
  if (state === 'deferred')
    tell(mail, 'deferred', listed?.retry_count ?? 0, at, waiting(listed?.deferred_ts, listed?.error));
}

function waiting(ts?: number, reason?: string): string {
  const until = ts === undefined ? 'later' : `until ${new Date(ts * 1000).toTimeString().slice(0, 8)}`;
  return reason ? `${until}: ${reason}` : until;
}
