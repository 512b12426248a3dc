// The connections to PostgreSQL: a statement may take as long as the server works at it, but a server that has fallen
// silent is given up, so that whoever waits for it is told.
import { Socket } from 'node:net';
import { Client, type ClientBase, DatabaseError, Pool } from 'pg';

/** How long the server may say nothing about a statement before it is asked whether it is still there. */
const silentMs = 3000;
const answerWithinMs = 3000;
const connectWithinMs = 10_000;

/**
 * Ours are short, so a longer wait is for somebody who has stopped: another statement that holds a lock, or a process
 * in the middle of a transaction. Not as a parameter of the connection, which PgBouncer would refuse.
 */
const limits = "SET lock_timeout = '8s'; SET idle_in_transaction_session_timeout = '60s'";

/**
 * The time-outs of node-postgres and PostgreSQL would not do: they end a statement that is merely long, such as the
 * deletion of a million messages, and leave the connection in the middle of it, to be used by the next.
 */
export function openPool(connectionString: string): Pool {
  const isThere = askOneAtATime(connectionString);
  const pool = new Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: connectWithinMs,
    keepAlive: true,
    // What is sent while another statement is on its way need not wait for it: src/store/db/postgres-runner.ts.
    pipeline: true,
    application_name: 'mail-proxy',
    onConnect: async (client) => {
      watch(client, isThere);
      await client.query(limits);
    },
  });
  pool.on('acquire', (client) => socketOf(client).setTimeout(silentMs));
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0));
  // A connection that ends while nobody uses it is replaced by another.
  pool.on('error', () => undefined);
  return pool;
}

/** Ends the connection, and with it the statement that waits, when the server has fallen silent. */
function watch(client: ClientBase, isThere: () => Promise<boolean>): void {
  const socket = socketOf(client);
  socket.setTimeout(silentMs);
  socket.on('timeout', async () => {
    const heard = socket.bytesRead;
    if ((await isThere()) || socket.bytesRead > heard) socket.setTimeout(socket.timeout ?? 0);
    else socket.destroy(new Error('Connection terminated: the database does not answer'));
  });
}

function socketOf(client: ClientBase): Socket {
  const stream = 'connection' in client && (client as Client).connection.stream;
  if (stream instanceof Socket) return stream;
  throw new Error('a connection to PostgreSQL has a socket');
}

/** Whether the server answers who comes anew; those who ask meanwhile get the same answer. */
function askOneAtATime(connectionString: string): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined;
  return () => {
    asking ??= ask(connectionString).finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function ask(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString, connectionTimeoutMillis: answerWithinMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    // Too many connections, for example: a server that refuses is there.
    return error instanceof DatabaseError;
  } finally {
    client.end().catch(() => undefined);
  }
}
