// mail-proxy token: the admin token of an instance.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { Fault } from '../../errors.js';
import { ApiCommand } from '../api-command.js';
import { readInstance, tokenFile } from '../instances/instance.js';
import { pidOf } from '../instances/running.js';
import { findTarget } from '../target.js';

export default class Token extends ApiCommand {
  static override summary = 'Print the admin token of an instance';
  static override examples = [
    '<%= config.bin %> token --instance demo',
    '<%= config.bin %> token --regenerate',
  ];
  static override flags = {
    regenerate: Flags.boolean({ description: 'Make a new one first; it counts from the next start on.' }),
  };

  async run(): Promise<{ token: string }> {
    const { flags } = await this.parse(Token);
    const target = findTarget(flags);
    if (!flags.regenerate) {
      this.log(target.token);
      return { token: target.token };
    }
    const { instance } = target;
    if (instance === undefined)
      throw new Fault('bad_request', 'Only the token of an instance can be made anew');
    const { folder, isRemote } = readInstance(this.home(), instance);
    if (isRemote) throw new Fault('bad_request', `${instance} runs elsewhere; make its token anew there`);
    const token = randomBytes(32).toString('base64url');
    writeFileSync(join(folder, tokenFile), `${token}\n`, { mode: 0o600 });
    this.log(token);
    if (pidOf(folder) !== undefined) this.logToStderr(`It counts after: mail-proxy restart ${instance}`);
    return { token };
  }
}
