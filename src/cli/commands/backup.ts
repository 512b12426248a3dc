// mail-proxy backup FILE: a copy of the database that can be restored.
import { Args, Command } from '@oclif/core';
import { readConfig } from '../../config.js';
import { Fault } from '../../errors.js';
import { backUpSqlite } from '../../store/db/backup.js';
import { databaseKind } from '../../store/db/open.js';

/** The service may run meanwhile. With PostgreSQL the command names the program to run, because only that can do it. */
export default class Backup extends Command {
  static override summary =
    'Copy the SQLite database to a file, with its key; for PostgreSQL, say what to run';
  static override args = {
    file: Args.string({ required: true, description: 'The file to write; must not exist yet.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Backup);
    try {
      const { dbPath } = readConfig();
      if (databaseKind(dbPath) === 'sqlite') {
        for (const file of await backUpSqlite(dbPath, args.file)) this.log(`Wrote ${file}`);
        return;
      }
      const { username, hostname, port, pathname } = new URL(dbPath);
      this.log(
        'The database is on PostgreSQL, and nothing was written. Run this, and keep GMP_ENCRYPTION_KEY with it:',
      );
      this.log(
        `  pg_dump -h ${hostname} -p ${port || '5432'} -U ${username} -Fc -f ${args.file} ${pathname.slice(1)}`,
      );
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.error(error.message, { exit: 1 });
    }
  }
}
