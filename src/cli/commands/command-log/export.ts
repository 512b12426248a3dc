// mail-proxy command-log export: all entries, oldest first, as JSON lines.
import { Flags } from '@oclif/core';
import { ApiCommand } from '../../api-command.js';
import { pipeAnswer } from '../../output/pipe-answer.js';
import { findTarget } from '../../target.js';

export default class CommandLogExport extends ApiCommand {
  static override summary = 'Print who changed what, all of it';
  static override examples = ['<%= config.bin %> command-log export --tenant shop > changes.jsonl'];
  // Prints the entries themselves.
  static override enableJsonFlag = false;
  static override flags = {
    tenant: Flags.string({ char: 't', description: 'Only what concerns this tenant.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CommandLogExport);
    const query = new URLSearchParams({ format: 'ndjson' });
    if (flags.tenant !== undefined) query.set('tenant_id', flags.tenant);
    await pipeAnswer(findTarget(flags), `/command-log/export?${query}`);
  }
}
