// Finds a port that nothing listens on.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Fault } from '../../errors.js';

const portsTried = 100;

/** The first free port from `first` on. @throws Fault `port_in_use` when a hundred in a row are taken */
export async function findFreePort(host: string, first: number): Promise<number> {
  for (let port = first; port < first + portsTried; port += 1) {
    if (await isFree(host, port)) return port;
  }
  throw new Fault(
    'port_in_use',
    `No port from ${first} to ${first + portsTried - 1} is free; name one with --port`,
  );
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
