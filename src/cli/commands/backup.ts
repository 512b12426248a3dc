// mail-proxy backup FILE: a copy of the database that can be restored.
import { Args } from '@oclif/core';
import { readConfig } from '../../config.js';
import { backUp } from '../../maintenance/back-up.js';
import { PlainCommand } from '../api-command.js';

export default class Backup extends PlainCommand {
  static override summary =
    'Copy the SQLite database to a file, with its key; for PostgreSQL, print the command to run';
  static override description = 'The service may run meanwhile.';
  static override examples = ['<%= config.bin %> backup /backup/mail-2026-11-27.db'];
  static override args = {
    file: Args.string({ required: true, description: 'The file to write; must not exist yet.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Backup);
    const backup = await backUp(readConfig(), args.file);
    if ('written' in backup) {
      for (const file of backup.written) this.log(`Wrote ${file}`);
      return;
    }
    this.logToStderr('The database is on PostgreSQL, and nothing was written.');
    this.logToStderr('Run this command, and keep GMP_ENCRYPTION_KEY in another place:');
    this.log(backup.command);
  }
}
