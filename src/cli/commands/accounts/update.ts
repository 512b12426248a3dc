// mail-proxy accounts update ID: changes what is given and leaves the rest.
import { Args } from '@oclif/core';
import { accountFlags } from '../../account-questions.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { Missing, readSecret } from '../../ask.js';

const { provider: _chosenOnce, ...settings } = accountFlags;

export default class AccountsUpdate extends ApiCommand {
  static override summary = 'Change an account';
  static override examples = [
    '<%= config.bin %> accounts update main --limit-hour 500',
    '<%= config.bin %> accounts update main --keep-transcripts',
  ];
  static override args = { id: Args.string({ required: true, description: 'Id of the account.' }) };
  static override flags = { ...tenantFlag, ...settings };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(AccountsUpdate);
    const file = flags['password-file'];
    if (flags.password !== undefined)
      this.warn('A password on the command line can be seen; use --password-file');
    const body = {
      host: flags.host,
      port: flags.port,
      user: flags.user,
      password: file === undefined ? flags.password : readSecret(file),
      use_tls: flags.tls,
      limit_per_minute: flags['limit-minute'],
      limit_per_hour: flags['limit-hour'],
      limit_per_day: flags['limit-day'],
      return_path: flags['return-path'],
      keep_transcripts: flags['keep-transcripts'],
    };
    if (Object.values(body).every((value) => value === undefined))
      throw new Missing('Name what to change, such as --limit-hour');
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const answer = await api('PUT', `/account/${encodeURIComponent(args.id)}`, { query, body });
    this.log(`${args.id} is changed`);
    return answer;
  }
}
