// mail-proxy command-log list: who changed what, the newest last.
import { Flags } from '@oclif/core';
import { ApiCommand, listFlags } from '../../api-command.js';
import { timeOf } from '../../output/print-rows.js';

interface Entry {
  command_ts: number;
  endpoint: string;
  tenant_id?: string;
  caller?: string;
  response_status?: number;
}

export default class CommandLogList extends ApiCommand {
  static override summary = 'Show who changed what';
  static override examples = ['<%= config.bin %> command-log list --tenant shop --limit 20'];
  static override flags = {
    ...listFlags,
    tenant: Flags.string({ char: 't', description: 'Only what concerns this tenant.' }),
    limit: Flags.integer({ description: 'At most so many.', default: 100, min: 1, max: 1000 }),
  };

  async run(): Promise<Entry[]> {
    const { flags } = await this.parse(CommandLogList);
    const query = { tenant_id: flags.tenant, limit: flags.limit };
    const { commands } = await this.connect(flags)<{ commands: Entry[] }>('GET', '/command-log', { query });
    this.printRows(
      commands,
      [
        { title: 'time', of: ({ command_ts }) => timeOf(command_ts) },
        { title: 'command', of: ({ endpoint }) => endpoint },
        { title: 'tenant', of: ({ tenant_id }) => tenant_id },
        { title: 'by', of: ({ caller }) => caller },
        { title: 'status', of: ({ response_status }) => response_status },
      ],
      { csv: flags.csv, none: 'No commands' },
    );
    return commands;
  }
}
