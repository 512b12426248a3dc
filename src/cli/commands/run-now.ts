// mail-proxy run-now: everything that may be sent or reported is tried at once.
import { ApiCommand, tenantFlag } from '../api-command.js';

export default class RunNow extends ApiCommand {
  static override summary = 'Try at once what waits for a sweep or for the next report';
  static override examples = ['<%= config.bin %> run-now'];
  // Taken for the order of words that genro-mail-proxy has; the call is about what the token may see.
  static override flags = tenantFlag;

  async run(): Promise<Record<string, unknown>> {
    const { flags } = await this.parse(RunNow);
    const answer = await this.connect(flags)('POST', '/commands/run-now');
    this.log('Running now');
    return answer;
  }
}
