// mail-proxy accounts password ID: sets a new password, and says whether the account can log in with it.
import { Args, Flags } from '@oclif/core';
import { Fault } from '../../../errors.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { askMissing, readSecret } from '../../ask.js';

export default class AccountsPassword extends ApiCommand {
  static override summary = 'Set the password of an account, and try whether it can log in';
  static override examples = [
    '<%= config.bin %> accounts password main',
    '<%= config.bin %> accounts password main --password-file secret',
  ];
  static override args = { id: Args.string({ required: true, description: 'Id of the account.' }) };
  static override flags = {
    ...tenantFlag,
    'password-file': Flags.string({ description: 'File with the password; - for stdin.' }),
  };

  async run(): Promise<{ ok: boolean; error?: string }> {
    const { args, flags } = await this.parse(AccountsPassword);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const path = `/account/${encodeURIComponent(args.id)}`;
    const file = flags['password-file'];
    const question = { flag: '--password-file FILE', message: `Password of ${args.id}`, isSecret: true };
    const given = { password: file === undefined ? undefined : readSecret(file) };
    const { password } = await askMissing({ password: question }, given);
    await api('PUT', path, { query, body: { password } });
    const answer = await api<{ ok: boolean; error?: string }>('POST', `${path}/verify`, { query });
    if (!answer.ok)
      throw new Fault('bad_request', `The password is set, but ${args.id} does not work: ${answer.error}`);
    this.log(`The password is set, and ${args.id} works`);
    return answer;
  }
}
