// Runs statements on connections to PostgreSQL that pipeline: those of one transaction are sent together, so that they
// take one round trip.
import { DatabaseError, type Pool, type PoolClient, types } from 'pg';
import type { RunnableStatement, RunStatements } from './transaction.js';

const int8 = 20;

/** As Prisma reads it: BIGINT as bigint. */
const readers = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === int8 ? BigInt : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

export function runOnPostgres(pool: Pool): RunStatements {
  return async (statements) => {
    const client = await pool.connect();
    // A connection that breaks fails its statements, which say so; this listener only prevents an unhandled 'error' event.
    const ignore = () => undefined;
    client.on('error', ignore);
    try {
      const results = await transact(client, statements);
      client.release();
      return results;
    } catch (error) {
      // A statement that the server refuses leaves the connection usable; after any other fault its state is unknown.
      client.release(!(error instanceof DatabaseError));
      throw error;
    } finally {
      client.off('error', ignore);
    }
  };
}

/** A single statement is a transaction by itself. */
async function transact(client: PoolClient, statements: RunnableStatement[]): Promise<unknown[]> {
  const send = ({ text, values }: RunnableStatement) => client.query({ text, values, types: readers });
  const sent =
    statements.length === 1
      ? statements.map(send)
      : [client.query('BEGIN'), ...statements.map(send), client.query('COMMIT')];
  // Waits for all statements also when one fails: the server refuses those after it, and COMMIT then ends it without effect.
  const ended = await Promise.allSettled(sent);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const results = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const own = statements.length === 1 ? results : results.slice(1, -1);
  return own.map((result, i) => (statements[i]?.givesRows ? result.rows : (result.rowCount ?? 0)));
}
