// mail-proxy tenants api-key ID: makes or ends a key of a tenant.
import { Args, Flags } from '@oclif/core';
import { systemClock } from '../../../clock.js';
import { ApiCommand } from '../../api-command.js';

const daySeconds = 86_400;

export default class TenantsApiKey extends ApiCommand {
  static override summary = 'Make a new API key for a tenant; the key of the same name ends at once';
  static override examples = [
    '<%= config.bin %> tenants api-key shop',
    '<%= config.bin %> tenants api-key shop --name worker --days 90',
  ];
  static override args = { id: Args.string({ required: true, description: 'Id of the tenant.' }) };
  static override flags = {
    name: Flags.string({ description: 'Name of the key.', default: 'default' }),
    days: Flags.integer({ description: 'The key ends after so many days.', min: 1 }),
    end: Flags.boolean({ description: 'End the key instead.', exclusive: ['days'] }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(TenantsApiKey);
    const api = this.connect(flags);
    const path = `/tenant/${encodeURIComponent(args.id)}/api-key`;
    if (flags.end) {
      const answer = await api('DELETE', path, { query: { name: flags.name } });
      this.log(`The key ${flags.name} of ${args.id} has ended`);
      return answer;
    }
    const now = Math.floor(systemClock.now() / 1000);
    const expires = flags.days === undefined ? {} : { expires_at: now + flags.days * daySeconds };
    const answer = await api<{ api_key: string }>('POST', path, { body: { name: flags.name, ...expires } });
    this.log(answer.api_key);
    return answer;
  }
}
