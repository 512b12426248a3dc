// A mail server that can be told to keep its replies back, and to give them.
import type { Stage } from '../stage/set-stage.js';
import type { SmtpSink } from './smtp-sink.js';

export interface GatedSink extends SmtpSink {
  /** From now on mails are taken and not answered. */
  hold(): void;
  /** Answers those that wait, and all that come. */
  release(): void;
  /** The ids of what was accepted, in order. */
  ids(): string[];
}

/** @param delayMs pause before each reply while nothing is held back */
export async function gatedSink(stage: Stage, delayMs = 0): Promise<GatedSink> {
  let release = () => {};
  let gate: Promise<undefined> | undefined;
  const sink = await stage.sink({ delayMs, onData: () => gate });
  return Object.assign(sink, {
    hold() {
      gate = new Promise((open) => {
        release = () => {
          gate = undefined;
          open(undefined);
        };
      });
    },
    release: () => release(),
    ids: () => sink.messages.map(({ id = 'none' }) => id),
  });
}
