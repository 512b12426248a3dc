// mail-proxy accounts add ID: sets up an SMTP account, and keeps it only when the login works.
import { Args, Flags } from '@oclif/core';
import { Fault } from '../../../errors.js';
import { accountFlags, askForAccount } from '../../account-questions.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { type CallApi, exists } from '../../call-api.js';

export default class AccountsAdd extends ApiCommand {
  static override summary = 'Add an SMTP account; without flags it asks for everything';
  static override examples = [
    '<%= config.bin %> accounts add',
    '<%= config.bin %> accounts add main --provider fastmail --user jo@example.org --password-file secret',
    'pass show smtp | <%= config.bin %> accounts add --host mail.example.org --user jo --password-file -',
  ];
  static override args = { id: Args.string({ description: 'Name of the account.' }) };
  static override flags = {
    ...tenantFlag,
    ...accountFlags,
    verify: Flags.boolean({ allowNo: true, default: true, description: 'Try to log in before it is kept.' }),
    replace: Flags.boolean({ description: 'Set up an account anew that exists.' }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(AccountsAdd);
    const api = this.connect(flags);
    const tenantId = await this.tenantOf(api, flags);
    const query = { tenant_id: tenantId };
    if (flags.password !== undefined)
      this.warn('A password on the command line can be seen; use --password-file');
    const { account, remarks } = await askForAccount(args.id, flags);
    for (const remark of remarks) this.logToStderr(remark);
    const wasThere = await exists(api, `/account/${encodeURIComponent(account.id)}`, query);
    if (wasThere && !flags.replace) {
      throw new Fault(
        'conflict',
        `There is an account ${account.id} already; add --replace to set it up anew`,
      );
    }
    const answer = await api('POST', '/account', { body: { ...account, tenant_id: tenantId } });
    if (flags.verify) await verify(api, account.id, tenantId, wasThere);
    this.log(`${account.id} is added${flags.verify ? ', and the login works' : ''}`);
    return answer;
  }
}

/** A new account that cannot log in is taken away again, so that no message chooses it. */
async function verify(
  api: CallApi,
  id: string,
  tenantId: string | undefined,
  wasThere: boolean,
): Promise<void> {
  const query = { tenant_id: tenantId };
  const path = `/account/${encodeURIComponent(id)}`;
  const { ok, error } = await api<{ ok: boolean; error?: string }>('POST', `${path}/verify`, { query });
  if (ok) return;
  if (!wasThere) await api('DELETE', path, { query });
  const kept = wasThere ? 'It is kept as it is now' : 'It was not added; --no-verify adds it all the same';
  throw new Fault('bad_request', `${id} does not work: ${error}. ${kept}`);
}
