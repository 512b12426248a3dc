// Logs in to the pages as a browser does, and reads their stream of live events.
import type { Service } from '../programs/service.js';

/** The cookie of a new session. */
export async function logIn(service: Service, token: string): Promise<string> {
  const response = await fetch(`${service.url}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token }),
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  if (response.status !== 303) throw new Error(`the login was answered ${response.status}`);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

interface LiveEvent {
  name: string;
  data: string;
}

export interface Watched {
  response: Response;
  /** The next event of this name; undefined when the stream has ended before. */
  next(name: string): Promise<LiveEvent | undefined>;
  close(): void;
}

export async function watchLive(service: Service, cookie: string, query = ''): Promise<Watched> {
  const leaving = new AbortController();
  const response = await fetch(`${service.url}/dashboard/live${query}`, {
    headers: { cookie },
    signal: leaving.signal,
  });
  const events = readEvents(response);
  return {
    response,
    async next(name) {
      for (;;) {
        const { value, done } = await events.next();
        if (done) return undefined;
        if (value.name === name) return value;
      }
    },
    close: () => leaving.abort(),
  };
}

async function* readEvents({ body }: Response): AsyncGenerator<LiveEvent, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, name] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data = ''] = /^data: (.*)$/m.exec(block) ?? [];
      if (name !== undefined) yield { name, data };
    }
  }
  return undefined;
}
