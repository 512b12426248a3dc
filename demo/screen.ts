// Shows the progress of the mails: bars below scrolling events on a terminal, plain lines elsewhere.

import { styleText } from 'node:util';
import { MultiBar, type SingleBar } from 'cli-progress';
import { priorityNames } from './mails.js';
import { type Happening, isFinal, type Step, type Timeline } from './timeline.js';

export type Screen = {
  /** Prints one line. */
  say(line?: string): void;
  /** Call before the first event. `postedAt`, in Unix milliseconds, is second 0 of the events. */
  begin(postedAt: number, total: number): void;
  event(happening: Happening): void;
  progress(timeline: Timeline): void;
  /** Call after the last event. It is harmless to call it twice, or before `begin`. */
  end(): void;
};

const steps: Step[] = ['queued', 'deferred', 'sent', 'error', 'reported'];
const colours = {
  queued: 'cyan',
  deferred: 'yellow',
  sent: 'green',
  error: 'red',
  reported: 'blue',
} as const;

export function openScreen(out: NodeJS.WriteStream = process.stdout): Screen {
  return out.isTTY && process.env.TERM !== 'dumb' ? terminalScreen(out) : plainScreen(out);
}

function plainScreen(out: NodeJS.WriteStream): Screen {
  const say = (line = '') => void out.write(`${line}\n`);
  let zero = 0;
  return {
    say,
    begin: (postedAt) => {
      zero = postedAt;
    },
    event: (happening) => say(eventLine(happening, zero, (_, text) => text)),
    progress: () => undefined,
    end: () => undefined,
  };
}

function terminalScreen(out: NodeJS.WriteStream): Screen {
  const paint = process.env.NO_COLOR
    ? (_: Step, text: string) => text
    : (step: Step, text: string) => styleText(colours[step], text);
  let zero = 0;
  let shown: { bars: MultiBar; each: Map<Step, SingleBar> } | undefined;
  return {
    say: (line = '') => void (shown ? shown.bars.log(`${line}\x1b[K\n`) : out.write(`${line}\n`)),
    begin: (postedAt, total) => {
      zero = postedAt;
      // forceRedraw: a line logged above takes the place of the first bar, so all must be drawn again.
      const bars = new MultiBar({
        stream: out,
        format: '{name} [{bar}] {value}/{total}',
        barsize: 40,
        hideCursor: true,
        forceRedraw: true,
        emptyOnZero: true,
        gracefulExit: false,
      });
      const create = (step: Step) => bars.create(total, 0, { name: paint(step, step.padEnd(8)) });
      shown = { bars, each: new Map(steps.map((step) => [step, create(step)])) };
    },
    // The rest of the bar under this line must be erased, because the library does so for the first line only.
    event: (happening) => shown?.bars.log(`${eventLine(happening, zero, paint)}\x1b[K\n`),
    progress: (timeline) => {
      const counts = count(timeline);
      for (const [step, bar] of shown?.each ?? []) bar.update(counts[step]);
    },
    end: () => {
      shown?.bars.update(); // writes the lines still waiting
      shown?.bars.stop();
      shown = undefined;
    },
  };
}

/** Mails by where they are now; those reported to the end stand in their own bar as well. */
function count({ tracks }: Timeline): Record<Step, number> {
  const counts = { queued: 0, deferred: 0, sent: 0, error: 0, reported: 0 };
  for (const track of tracks.values()) {
    counts[track.state] += 1;
    if (track.entries.some(isFinal)) counts.reported += 1;
  }
  return counts;
}

function eventLine(
  { at, mail, step, detail }: Happening,
  zero: number,
  paint: (step: Step, text: string) => string,
): string {
  const seconds = ((at - zero) / 1000).toFixed(2).padStart(6);
  const priority = (priorityNames[mail.priority] ?? '').padEnd(9);
  return `${seconds} s  ${mail.id}  ${paint(step, step.padEnd(8))}  ${priority}  ${detail}`;
}
