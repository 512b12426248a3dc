// An HTTP server that files are fetched from, with every bad habit: each path is answered as the test says.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface FileCall {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Habit = (response: ServerResponse, request: IncomingMessage) => void;

export interface FileServer {
  readonly url: string;
  readonly calls: FileCall[];
  /** What is answered to a path from now on; 404 to all others. */
  serve(path: string, habit: Habit): void;
  stop(): Promise<void>;
}

export async function startFileServer(host = '127.0.0.1'): Promise<FileServer> {
  const calls: FileCall[] = [];
  const habits = new Map<string, Habit>();
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      const habit = habits.get(path) ?? ((answer: ServerResponse) => answer.writeHead(404).end());
      habit(response, request);
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    calls,
    serve: (path, habit) => void habits.set(path, habit),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
