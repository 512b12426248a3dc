// Opens pages of the dashboard over HTTP, as a browser without script does.
import type { Service } from '../../support/programs/service.js';

export interface Visitor {
  get(path: string): Promise<{ status: number; location: string | null; text: string }>;
  /** Sends a form, from a page of the same site unless told otherwise. */
  post(
    path: string,
    form: Record<string, string>,
    site?: string,
  ): Promise<{ status: number; location: string | null; text: string }>;
}

export async function logIn(service: Service, token: string): Promise<Visitor> {
  const send = async (path: string, cookie: string, form?: Record<string, string>, site = 'same-origin') => {
    const response = await fetch(service.url + path, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      body: form === undefined ? null : new URLSearchParams(form),
      headers: { accept: 'text/html', 'sec-fetch-site': site, cookie },
    });
    return { response, text: await textOf(response) };
  };
  const { response } = await send('/login', '', { token });
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const shown = ({ response: { status, headers }, text }: Awaited<ReturnType<typeof send>>) => ({
    status,
    location: headers.get('location'),
    text,
  });
  return {
    get: async (path) => shown(await send(path, cookie)),
    post: async (path, form, site) => shown(await send(path, cookie, form, site)),
  };
}

/** Of a stream without an end, what comes first. */
async function textOf(response: Response): Promise<string> {
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) return response.text();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value);
}
