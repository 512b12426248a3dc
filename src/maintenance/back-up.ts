// Backs up the database: copies the SQLite file, or names the command that does it for PostgreSQL.
import type { Config } from '../config.js';
import { contentFolder } from '../store/attachments/content-folder.js';
import { databaseKind } from '../store/db/open.js';
import { copySqlite } from '../store/instance/copy-sqlite.js';

/** The files that were written, or with PostgreSQL the shell command to run. */
type Backup = { written: string[] } | { command: string };

/**
 * The service may run meanwhile.
 * @param file the backup, which must not exist yet
 * @throws Fault `database_unavailable`
 */
export async function backUp(config: Config, file: string): Promise<Backup> {
  const { dbPath } = config;
  if (databaseKind(dbPath) === 'sqlite')
    return { written: await copySqlite(dbPath, file, contentFolder({ config })) };
  return { command: pgDump(dbPath, file) };
}

/** Without the password, which `pg_dump` asks for or reads from `~/.pgpass` or `PGPASSWORD`. */
function pgDump(dbPath: string, file: string): string {
  const { username, hostname, port, pathname, searchParams } = new URL(dbPath);
  const [host, user, database] = [
    searchParams.get('host') ?? hostname,
    decodeURIComponent(username),
    decodeURIComponent(pathname.slice(1)),
  ].map(quoted);
  return `pg_dump -h ${host} -p ${port || '5432'} -U ${user} -Fc -f ${quoted(file)} ${database}`;
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
