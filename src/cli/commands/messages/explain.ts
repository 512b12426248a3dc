// mail-proxy messages explain: why a message has not left yet, and when it is expected to.
import { Args } from '@oclif/core';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { localTime } from '../../output/print-rows.js';

/** The part of the answer that the command prints. `--json` prints the whole answer. */
interface Explained {
  id: string;
  status: string;
  reasons: { kind: string; description: string; until_ts?: number }[];
  position?: number;
  expected_ts?: number;
}

export default class MessagesExplain extends ApiCommand {
  static override summary = 'Say why a message is not sent yet, and when it is expected to leave';
  static override examples = ['<%= config.bin %> messages explain order-17'];
  static override args = {
    id: Args.string({ required: true, description: 'The id the application gave it.' }),
  };
  static override flags = tenantFlag;

  async run(): Promise<Explained> {
    const { args, flags } = await this.parse(MessagesExplain);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const told = await api<Explained>('GET', `/messages/${encodeURIComponent(args.id)}/explain`, { query });
    this.log(`${told.id}: ${told.status}`);
    for (const { description, until_ts } of told.reasons) {
      this.log(`  ${description}${until_ts === undefined ? '' : ` (${localTime(until_ts)})`}`);
    }
    if (told.position !== undefined) this.log(`  place in line: ${told.position}`);
    if (told.expected_ts !== undefined) this.log(`  expected to leave: ${localTime(told.expected_ts)}`);
    return told;
  }
}
