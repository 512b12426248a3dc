// Finds a port on 127.0.0.1 that nothing listens on and that no outgoing connection will take meanwhile.
import { createServer } from 'node:net';

// Below 32768, where Linux begins to hand out source ports for outgoing connections (macOS: 49152): a port
// from the kernel's own range can be taken between a server's stop and its restart on the same port.
const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 32_767;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
    if (await canListen(port)) return port;
  }
  throw new Error('no free port on 127.0.0.1 after 100 tries');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
