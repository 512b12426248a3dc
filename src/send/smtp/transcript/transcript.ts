// The transcript of one attempt: what was said over all connections that carried its mail, within bounds.
import { SmtpFault } from '../../judge/fault.js';
import { boundedLines } from './bounded-lines.js';
import type { Conversation } from './conversation.js';

export interface Transcript {
  /** Adds what was said over a connection about this mail. */
  add(conversation: Conversation | undefined): void;
  /** Adds what was said over a connection that could not be opened, and what ended the attempt without a reply. */
  addFault(fault: unknown): void;
  /** Undefined: nothing was said. */
  read(): string | undefined;
}

/** Bytes that are kept of an attempt. */
export const mostOfAttempt = 8 * 1024;

export function openTranscript(): Transcript {
  const lines = boundedLines(mostOfAttempt);
  let isEmpty = true;
  const addAll = (added: readonly string[]) => {
    for (const line of added) lines.add(line);
    isEmpty &&= added.length === 0;
  };
  return {
    add: (conversation) => addAll(conversation?.take() ?? []),
    addFault(fault) {
      if (!(fault instanceof SmtpFault)) return;
      const { said = [], reply } = fault.facts;
      addAll(said);
      if (reply === undefined) addAll([`#: ${fault.message}`]);
    },
    read: () => (isEmpty ? undefined : lines.read().join('\n')),
  };
}
