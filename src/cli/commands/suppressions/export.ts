// mail-proxy suppressions export: the suppression list of a tenant as lines of JSON.
import { allPages } from '../../all-pages.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';

export default class SuppressionsExport extends ApiCommand {
  static override summary = 'Print the suppression list as lines of JSON';
  static override examples = ['<%= config.bin %> suppressions export --tenant shop > list.jsonl'];
  // Prints lines of JSON anyway.
  static override enableJsonFlag = false;
  static override flags = { ...tenantFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(SuppressionsExport);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    for (const one of await allPages<object>(api, '/suppressions', 'suppressions', query))
      this.log(JSON.stringify(one));
  }
}
