// The statuses of a message and which may follow which (docs/states.md). No I/O.

export const statuses = ['pending', 'deferred', 'sending', 'sent', 'error'] as const;
export type Status = (typeof statuses)[number];

/** From each status, the statuses a message may go to. Replacing an unsent message makes it pending again. */
const mayFollow: Record<Status, readonly Status[]> = {
  // To `sent`: some recipients have the message already, and the others are given up.
  pending: ['sending', 'pending', 'deferred', 'sent', 'error'],
  deferred: ['sending', 'pending', 'deferred', 'sent', 'error'],
  sending: ['sent', 'deferred', 'error', 'pending'],
  sent: [],
  error: ['pending'],
};

/** The statuses from which `to` may be reached. */
export function mayBecome(to: Status): Status[] {
  return statuses.filter((from) => mayFollow[from].includes(to));
}

/**
 * The statuses that a change is made from, once it is certain that each of its new statuses may follow each of them.
 * @throws Error otherwise: a fault of the program
 */
export function changesFrom(from: readonly Status[], to: readonly Status[]): readonly Status[] {
  for (const one of from) {
    const wrong = to.find((next) => !mayFollow[one].includes(next));
    if (wrong !== undefined) throw new Error(`A message that is ${one} may not become ${wrong}`);
  }
  return from;
}

/** Those of messages that wait to be sent. */
export const waitingStatuses = ['pending', 'deferred'] as const satisfies readonly Status[];

/** Those of messages that wait to be sent, or are just being sent. */
export const openStatuses: readonly Status[] = [...waitingStatuses, 'sending'];

export type ShownStatus = Exclude<Status, 'sending'>;

/** The status that a client sees: while an attempt is in flight, the message is still pending. */
export function shownStatus(status: Status): ShownStatus {
  return status === 'sending' ? 'pending' : status;
}
