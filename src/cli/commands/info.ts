// mail-proxy info: an instance, or with a tenant that tenant.
import { Flags } from '@oclif/core';
import { ApiCommand } from '../api-command.js';
import { fieldsOf } from '../output/fields.js';

export default class Info extends ApiCommand {
  static override summary = 'Show an instance, or with --tenant a tenant';
  static override examples = ['<%= config.bin %> info', '<%= config.bin %> info --tenant shop'];
  static override flags = { tenant: Flags.string({ char: 't', description: 'The tenant to show.' }) };

  async run(): Promise<Record<string, unknown>> {
    const { flags } = await this.parse(Info);
    const api = this.connect(flags);
    const found =
      flags.tenant === undefined
        ? { ...(await api('GET', '/instance')), ...(await api('GET', '/status')) }
        : await api('GET', `/tenant/${encodeURIComponent(flags.tenant)}`);
    for (const line of fieldsOf(found)) this.log(line);
    return found;
  }
}
