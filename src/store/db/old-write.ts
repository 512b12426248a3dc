// The way to write that `transaction` and `writeModels` replace; goes when no room uses it.
import { type PrismaClient as Client, Prisma } from '../generated/sqlite/client.js';
import { type DatabaseKind, type Parameter, render, sql } from './sql.js';
import type { RunnableStatement } from './transaction.js';
import type { WriteNow } from './write-gate.js';

export type OldWrite = <R extends unknown[]>(
  build: (client: Client) => { [K in keyof R]: Prisma.PrismaPromise<R[K]> },
) => Promise<R>;

class RawStatement {
  constructor(
    readonly sql: Prisma.Sql,
    readonly givesRows: boolean,
  ) {}

  forPrisma(client: Client): Prisma.PrismaPromise<unknown> {
    return this.givesRows ? client.$queryRaw(this.sql) : client.$executeRaw(this.sql);
  }

  forDriver(kind: DatabaseKind): RunnableStatement {
    const { strings, values } = this.sql;
    return { ...render(sql(strings, ...(values as Parameter[])), kind), givesRows: this.givesRows };
  }
}

type Template = TemplateStringsArray | Prisma.Sql;

function keepingRaw(client: Client): Client {
  const keep =
    (givesRows: boolean) =>
    (query: Template, ...values: unknown[]) =>
      new RawStatement('strings' in query ? query : Prisma.sql(query, ...values), givesRows);
  const raw: Record<PropertyKey, unknown> = { $queryRaw: keep(true), $executeRaw: keep(false) };
  return new Proxy(client, { get: (target, name) => raw[name] ?? Reflect.get(target, name) });
}

export function openOldWrite(kind: DatabaseKind, client: Client, writeNow: WriteNow): OldWrite {
  const keeping = keepingRaw(client);
  const isRaw = (statement: unknown) => statement instanceof RawStatement;
  const write = (build: (client: Client) => unknown[]) => {
    const statements = build(keeping);
    if (statements.every(isRaw)) {
      return writeNow({ kind: 'statements', statements: statements.map((one) => one.forDriver(kind)) });
    }
    return writeNow({
      kind: 'models',
      build: () =>
        build(keeping).map((one) =>
          isRaw(one) ? one.forPrisma(client) : (one as Prisma.PrismaPromise<unknown>),
        ),
    });
  };
  return write as OldWrite;
}
