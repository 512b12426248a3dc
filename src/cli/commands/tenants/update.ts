// mail-proxy tenants update ID: changes what is given and leaves the rest.
import { Args, Flags } from '@oclif/core';
import { ApiCommand } from '../../api-command.js';
import { Missing } from '../../ask.js';
import { tenantBody, tenantSettings } from '../../tenant-flags.js';

export default class TenantsUpdate extends ApiCommand {
  static override summary = 'Change a tenant';
  static override examples = ['<%= config.bin %> tenants update shop --name "The new shop"'];
  static override args = { id: Args.string({ required: true, description: 'Id of the tenant.' }) };
  static override flags = {
    ...tenantSettings,
    active: Flags.boolean({ allowNo: true, description: 'Whether it may send; --no-active holds its mail.' }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(TenantsUpdate);
    const body = { ...tenantBody(flags), ...(flags.active !== undefined && { active: flags.active }) };
    if (Object.keys(body).length === 0) throw new Missing('Name what to change, such as --name');
    const answer = await this.connect(flags)('PUT', `/tenant/${encodeURIComponent(args.id)}`, { body });
    this.log(`${args.id} is changed`);
    return answer;
  }
}
