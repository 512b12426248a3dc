// mail-proxy tenants list: all tenants of an instance.
import { Flags } from '@oclif/core';
import { allPages } from '../../all-pages.js';
import { ApiCommand, listFlags } from '../../api-command.js';

interface Tenant {
  id: string;
  name?: string;
  client_base_url?: string;
  default_account?: string;
  active: boolean;
}

export default class TenantsList extends ApiCommand {
  static override summary = 'List the tenants';
  static override examples = [
    '<%= config.bin %> tenants list --active-only',
    '<%= config.bin %> tenants list --csv',
  ];
  static override flags = {
    ...listFlags,
    'active-only': Flags.boolean({ description: 'Only those that may send.' }),
    limit: Flags.integer({ description: 'At most so many.', min: 1 }),
  };

  async run(): Promise<Tenant[]> {
    const { flags } = await this.parse(TenantsList);
    const query = { active_only: flags['active-only'] || undefined };
    const all = await allPages<Tenant>(this.connect(flags), '/tenants', 'tenants', query);
    const tenants = all.slice(0, flags.limit);
    this.printRows(
      tenants,
      [
        { title: 'id', of: ({ id }) => id },
        { title: 'name', of: ({ name }) => name },
        { title: 'active', of: ({ active }) => (active ? 'yes' : 'no') },
        { title: 'default account', of: ({ default_account }) => default_account },
        { title: 'endpoint', of: ({ client_base_url }) => client_base_url },
      ],
      { csv: flags.csv, none: 'No tenants; mail-proxy tenants add NAME makes one' },
    );
    return tenants;
  }
}
