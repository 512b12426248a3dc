// mail-proxy tenants show ID: everything that is known of a tenant but its secrets.
import { Args } from '@oclif/core';
import { ApiCommand } from '../../api-command.js';
import { fieldsOf } from '../../output/fields.js';

export default class TenantsShow extends ApiCommand {
  static override summary = 'Show a tenant';
  static override examples = ['<%= config.bin %> tenants show shop'];
  static override args = { id: Args.string({ required: true, description: 'Id of the tenant.' }) };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(TenantsShow);
    const tenant = await this.connect(flags)('GET', `/tenant/${encodeURIComponent(args.id)}`);
    for (const line of fieldsOf(tenant)) this.log(line);
    return tenant;
  }
}
