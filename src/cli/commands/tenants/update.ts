// mail-proxy tenants update ID: changes what is given and leaves the rest.
import { Args, Flags } from '@oclif/core';
import { ApiCommand } from '../../api-command.js';
import { Missing } from '../../ask.js';
import { largeFileConfig, largeFileFlags, namesLargeFiles } from '../../tenants/large-file-flags.js';
import { tenantBody, tenantSettings } from '../../tenants/tenant-flags.js';

export default class TenantsUpdate extends ApiCommand {
  static override summary = 'Change a tenant';
  static override examples = [
    '<%= config.bin %> tenants update shop --name "The new shop"',
    '<%= config.bin %> tenants update shop --large-files rewrite --storage-url file:///srv/mail-files',
    '<%= config.bin %> tenants update shop --storage-url s3://mail --storage-user AKIA1 --storage-secret-file secret',
  ];
  static override args = { id: Args.string({ required: true, description: 'Id of the tenant.' }) };
  static override flags = {
    ...tenantSettings,
    ...largeFileFlags,
    active: Flags.boolean({ allowNo: true, description: 'Whether it may send; --no-active holds its mail.' }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(TenantsUpdate);
    const api = this.connect(flags);
    const path = `/tenant/${encodeURIComponent(args.id)}`;
    const current = namesLargeFiles(flags)
      ? await api<{ large_file_config?: Record<string, unknown> | null }>('GET', path)
      : undefined;
    const body = {
      ...tenantBody(flags),
      ...(flags.active !== undefined && { active: flags.active }),
      ...(current && { large_file_config: largeFileConfig(flags, current.large_file_config ?? {}) }),
    };
    if (Object.keys(body).length === 0) throw new Missing('Name what to change, such as --name');
    const answer = await api('PUT', path, { body });
    this.log(`${args.id} is changed`);
    return answer;
  }
}
