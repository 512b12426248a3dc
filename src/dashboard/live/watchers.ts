// Everybody who watches the overview in this process: what changes is sent to them every two seconds, and each stream ends with
// its session, wherever that ended.
import type { Needs } from '../../api/context.js';
import { reasonOf } from '../../errors.js';
import { openSharedFeeds, type Source } from './shared-feeds.js';
import { openViewer, type Viewer } from './viewer.js';

interface Watchers {
  /** @returns the stream of events; undefined when too many watch already */
  watch(session: string, sources: Source[]): ReadableStream<Uint8Array> | undefined;
  close(): void;
}

/** How soon a change is seen, and the end of a session. */
const tickMs = 2000;
/** Proxies close connections on which nothing is said, some after 30 s. */
const keepAliveTicks = 7;

/** Each is a connection of GMP_HTTP_MAX_CONNECTIONS. */
const mostViewers = 200;
const mostOfSession = 50;

const trouble = 'event: trouble\ndata: The database does not answer\n\n';
const ended = 'event: ended\ndata: \n\n';

/** @param findLasting tells which of these sessions go on */
export function openWatchers(
  ctx: Needs<'clock' | 'log'>,
  findLasting: (sessions: string[]) => Promise<Set<string>>,
): Watchers {
  const viewers = new Set<Viewer>();
  const feeds = openSharedFeeds();
  const ticking = openTicking(ctx, async (tick) => {
    try {
      await endSessions(viewers, findLasting);
      await feeds.refresh(tick);
      if (tick % keepAliveTicks === 0) for (const viewer of viewers) viewer.say(': still here\n\n');
    } catch (error) {
      failed(error, viewers);
    }
  });

  function failed(error: unknown, concerned: Iterable<Viewer>): void {
    ctx.log.debug({ event: 'dashboard.not_read', reason: reasonOf(error) }, 'Live figures could not be read');
    for (const viewer of concerned) viewer.show('trouble', trouble);
  }

  function leave(viewer: Viewer): void {
    viewers.delete(viewer);
    feeds.leave(viewer);
    if (viewers.size === 0) ticking.stop();
  }

  return {
    watch(session, sources) {
      const ofSession = [...viewers].filter((one) => one.session === session).length;
      if (viewers.size >= mostViewers || ofSession >= mostOfSession) return undefined;
      const { viewer, stream } = openViewer(session, leave);
      viewers.add(viewer);
      ticking.start();
      Promise.all(sources.map((source) => feeds.join(source, viewer))).catch((error: unknown) =>
        failed(error, [viewer]),
      );
      return stream;
    },
    close() {
      for (const viewer of [...viewers]) viewer.end('');
    },
  };
}

async function endSessions(
  viewers: Set<Viewer>,
  findLasting: (sessions: string[]) => Promise<Set<string>>,
): Promise<void> {
  const lasting = await findLasting([...new Set([...viewers].map(({ session }) => session))]);
  for (const viewer of [...viewers]) if (!lasting.has(viewer.session)) viewer.end(ended);
}

/** Runs the task with the number of the tick while it is started, and never twice at once. */
function openTicking({ clock }: Needs<'clock'>, task: (tick: number) => Promise<void>) {
  let stop: (() => void) | undefined;
  let ticks = 0;
  let isBusy = false;
  return {
    start() {
      stop ??= clock.every(tickMs, () => {
        // A database that is slow is not asked twice at once.
        if (isBusy) return;
        isBusy = true;
        ticks += 1;
        void task(ticks).finally(() => {
          isBusy = false;
        });
      });
    },
    stop() {
      stop?.();
      stop = undefined;
    },
  };
}
