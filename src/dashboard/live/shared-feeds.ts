// What open pages show: read once for all that watch the same, and not at all while nobody does.
import type { Viewer } from './viewer.js';

export interface Source {
  /** The same for all who watch the same. */
  key: string;
  /** It is read at every so manieth tick. */
  everyTicks: number;
  /** Reads it, as the text of an event. */
  read(): Promise<string>;
}

interface Feed extends Source {
  viewers: Set<Viewer>;
  /** The last event; undefined before the first. */
  last: string | undefined;
}

interface SharedFeeds {
  /** Whoever is the first to watch something waits for no tick. */
  join(source: Source, viewer: Viewer): Promise<void>;
  leave(viewer: Viewer): void;
  /** Reads what is due at this tick, and shows everybody what is new. */
  refresh(tick: number): Promise<void>;
}

export function openSharedFeeds(): SharedFeeds {
  const feeds = new Map<string, Feed>();
  return {
    async join(source, viewer) {
      const feed = feeds.get(source.key) ?? { ...source, viewers: new Set(), last: undefined };
      feeds.set(source.key, feed);
      feed.viewers.add(viewer);
      feed.last ??= await feed.read();
      viewer.show(feed.key, feed.last);
    },
    leave(viewer) {
      for (const [key, feed] of feeds) {
        feed.viewers.delete(viewer);
        if (feed.viewers.size === 0) feeds.delete(key);
      }
    },
    async refresh(tick) {
      for (const feed of feeds.values()) {
        if (tick % feed.everyTicks === 0) feed.last = await feed.read();
        for (const viewer of feed.viewers) viewer.show(feed.key, feed.last);
      }
    },
  };
}
