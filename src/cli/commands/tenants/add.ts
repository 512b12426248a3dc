// mail-proxy tenants add ID: makes a tenant and prints its API key, which is shown this once.
import { Args } from '@oclif/core';
import { Fault } from '../../../errors.js';
import { ApiCommand } from '../../api-command.js';
import { askMissing } from '../../ask.js';
import { exists } from '../../call-api.js';
import { largeFileConfig, largeFileFlags, namesLargeFiles } from '../../tenants/large-file-flags.js';
import { tenantBody, tenantSettings } from '../../tenants/tenant-flags.js';

export default class TenantsAdd extends ApiCommand {
  static override summary = 'Add a tenant and print its API key';
  static override examples = [
    '<%= config.bin %> tenants add shop --name "The shop" --base-url https://shop.example.com',
  ];
  static override args = { id: Args.string({ description: 'Id of the tenant: letters, digits, _ and -.' }) };
  static override flags = { ...tenantSettings, ...largeFileFlags };

  async run(): Promise<{ id: string; api_key: string | undefined }> {
    const { args, flags } = await this.parse(TenantsAdd);
    const api = this.connect(flags);
    const { id, name, baseUrl } = await askMissing(
      {
        id: {
          flag: 'ID',
          message: 'Id of the tenant',
          check: (text) => (/^[\w-]{1,64}$/.test(text) ? undefined : 'Up to 64 letters, digits, _ and -'),
        },
        name: { flag: '--name', message: 'Name for people', isOptional: true },
        baseUrl: {
          flag: '--base-url',
          message: 'Where its application listens for reports (empty: it polls GET /events)',
          isOptional: true,
        },
      },
      // Who names the tenant on the command line is asked for nothing else.
      args.id === undefined
        ? { name: flags.name, baseUrl: flags['base-url'] }
        : { id: args.id, name: flags.name ?? '', baseUrl: flags['base-url'] ?? '' },
    );
    if (await exists(api, `/tenant/${encodeURIComponent(id)}`)) {
      throw new Fault(
        'conflict',
        `There is a tenant ${id} already; mail-proxy tenants update ${id} changes it`,
      );
    }
    const body = {
      id,
      ...tenantBody({ ...flags, name, 'base-url': baseUrl }),
      ...(namesLargeFiles(flags) && { large_file_config: largeFileConfig(flags) }),
    };
    const { api_key } = await api<{ api_key?: string }>('POST', '/tenant', { body });
    this.log(`${id} is added. Its API key, shown only this once:`);
    this.log(api_key ?? '');
    return { id, api_key };
  }
}
