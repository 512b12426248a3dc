// Keeps raw statements of a write as what they are, so that a write made of nothing else can go to the driver directly:
// Prisma's engine compiles and prepares each of them anew every time (docs/benchmarks.md).
import { type PrismaClient as Client, Prisma } from '../generated/sqlite/client.js';

export class RawStatement {
  constructor(
    readonly sql: Prisma.Sql,
    /** Whether its answer is its rows, as objects; else it is how many it changed. */
    readonly tellsRows: boolean,
  ) {}

  /** The same statement, for a transaction that has others than raw ones in it. */
  forPrisma(client: Client): Prisma.PrismaPromise<unknown> {
    return this.tellsRows ? client.$queryRaw(this.sql) : client.$executeRaw(this.sql);
  }
}

/** Runs raw statements in one transaction, and answers with their results once they are durable. */
export type RunRaw = (statements: RawStatement[]) => Promise<unknown[]>;

type Template = TemplateStringsArray | Prisma.Sql;

/** The client as writes are given it: its raw statements are kept, everything else is Prisma's. */
export function keepingRaw(client: Client): Client {
  const keep =
    (tellsRows: boolean) =>
    (query: Template, ...values: unknown[]) =>
      new RawStatement('strings' in query ? query : Prisma.sql(query, ...values), tellsRows);
  const raw: Record<PropertyKey, unknown> = { $queryRaw: keep(true), $executeRaw: keep(false) };
  return new Proxy(client, { get: (target, name) => raw[name] ?? Reflect.get(target, name) });
}

/** Runs the statements of a write: by `runRaw` where all are raw, else all by Prisma. */
export function transactWith(client: Client, runRaw: RunRaw): (statements: unknown[]) => Promise<unknown[]> {
  const isRaw = (statement: unknown) => statement instanceof RawStatement;
  return (statements) =>
    statements.every(isRaw)
      ? runRaw(statements)
      : client.$transaction(
          statements.map((one) =>
            isRaw(one) ? one.forPrisma(client) : (one as Prisma.PrismaPromise<unknown>),
          ),
        );
}
