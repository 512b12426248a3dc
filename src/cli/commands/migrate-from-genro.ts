// mail-proxy migrate-from-genro PATH: moves an installation of genro-mail-proxy 0.6 or 0.7 here.
import { readFileSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { Fault } from '../../errors.js';
import { keyTextOf } from '../../key-text.js';
import { ApiCommand } from '../api-command.js';
import type { MovedIn } from '../genro/move-in.js';

const keyBytes = 32;

export default class MigrateFromGenro extends ApiCommand {
  static override summary = 'Move tenants, accounts and unsent messages of genro-mail-proxy 0.6 or 0.7 here';
  static override description =
    'Stop genro-mail-proxy first, or both send the same messages. API keys of tenants stay valid. It can be run again: ' +
    'what is here already is left as it is. The history of sent messages is not taken.';
  static override examples = [
    '<%= config.bin %> migrate-from-genro /data/mail_service.db --key-file /run/secrets/encryption_key',
  ];
  static override args = {
    path: Args.string({ required: true, description: 'The SQLite file, or the postgresql:// URL.' }),
  };
  static override flags = {
    'key-file': Flags.string({ description: 'Key of a 0.7 database: 32 bytes, raw or in base64.' }),
  };

  async run(): Promise<MovedIn> {
    const { args, flags } = await this.parse(MigrateFromGenro);
    const file = flags['key-file'];
    const key = file === undefined ? undefined : Buffer.from(keyTextOf(readFileSync(file)), 'base64');
    if (key !== undefined && key.length !== keyBytes)
      throw new Fault('bad_request', `${file} holds no key of 32 bytes`);
    const api = this.connect(flags);
    const [{ readGenroDatabase }, { moveIn }] = await Promise.all([
      import('../genro/read-database.js'),
      import('../genro/move-in.js'),
    ]);
    const moved = await moveIn(api, await readGenroDatabase(args.path), key);
    this.log(`${moved.tenants} tenants, ${moved.accounts} accounts and ${moved.messages} messages are taken`);
    if (moved.kept > 0) this.log(`${moved.kept} were here already and are as they were`);
    for (const sentence of moved.left) this.logToStderr(`Not taken: ${sentence}`);
    if (moved.left.length > 0) process.exitCode = 1;
    return moved;
  }
}
