// The connections to PostgreSQL. A statement may take as long as the server works at it, but a connection whose server has
// fallen silent is ended, so that its statements fail instead of waiting for ever.
import { Socket } from 'node:net';
import { Client, type ClientBase, DatabaseError, Pool } from 'pg';

/** How long the server may send nothing during a statement before a new connection tests whether it is still there. */
const silentMs = 3000;
const answerWithinMs = 3000;
const connectWithinMs = 10_000;

/**
 * Our transactions are short, so a longer wait means that the holder of a lock, or a process in the middle of a
 * transaction, has stopped. Set by a statement, because PgBouncer refuses them as parameters of the connection.
 */
const limits = "SET lock_timeout = '8s'; SET idle_in_transaction_session_timeout = '60s'";

/**
 * The time-outs of node-postgres and PostgreSQL do not serve here. They would end a statement that is merely long, such
 * as the deletion of a million messages, and that of node-postgres leaves the connection busy for the next statement.
 */
export function openPool(connectionString: string): Pool {
  const isThere = askOneAtATime(connectionString);
  const pool = new Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: connectWithinMs,
    keepAlive: true,
    // Statements are sent without waiting for the answers of those before them (postgres-runner.ts).
    pipeline: true,
    application_name: 'mail-proxy',
    onConnect: async (client) => {
      watch(client, isThere);
      await client.query(limits);
    },
  });
  pool.on('acquire', (client) => socketOf(client).setTimeout(silentMs));
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0));
  // The pool replaces a connection that ends while idle. This listener only prevents an unhandled 'error' event.
  pool.on('error', () => undefined);
  return pool;
}

/** Ends the connection, and with it the pending statement, when the server has fallen silent. */
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

/** Whether the server answers a new connection. Calls that are made meanwhile share the answer. */
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
    // A server that refuses the connection is there; it may have too many of them.
    return error instanceof DatabaseError;
  } finally {
    client.end().catch(() => undefined);
  }
}
