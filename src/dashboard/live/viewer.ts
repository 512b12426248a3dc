// One open page: a stream of server-sent events. What a slow reader has not taken is replaced by what is newer, so that
// nothing piles up.

export interface Viewer {
  readonly session: string;
  /** Sends the event unless it is what this feed sent last, or the reader is behind; then a later call sends it. */
  show(feed: string, event: string | undefined): void;
  /** Sends a text if the reader is not behind. */
  say(text: string): void;
  /** @param last is said before */
  end(last: string): void;
}

const encoder = new TextEncoder();

/** Browsers come back this long after the stream has broken off. */
const hello = 'retry: 3000\n\n';

/** @param leave is called once, whoever ends the stream */
export function openViewer(
  session: string,
  leave: (viewer: Viewer) => void,
): { viewer: Viewer; stream: ReadableStream<Uint8Array> } {
  const shown = new Map<string, string>();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  function end(): void {
    controller = undefined;
    leave(viewer);
  }

  const viewer: Viewer = {
    session,
    show(feed, event) {
      if (event === undefined || shown.get(feed) === event || !isReady()) return;
      shown.set(feed, event);
      viewer.say(event);
    },
    say(text) {
      if (isReady()) controller?.enqueue(encoder.encode(text));
    },
    end(last) {
      const ending = controller;
      if (ending === undefined) return;
      end();
      if (last !== '') ending.enqueue(encoder.encode(last));
      ending.close();
    },
  };
  const isReady = () => (controller?.desiredSize ?? 0) > 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened;
        viewer.say(hello);
      },
      cancel: end,
    },
    // What comes at once when a page is opened.
    { highWaterMark: 4 },
  );
  return { viewer, stream };
}
