// mail-proxy messages retry: sends messages again that failed.
import { ApiCommand } from '../../api-command.js';
import { type BulkChange, changeArgs, changeFlags, changeMessages } from '../../messages/change-messages.js';

export default class MessagesRetry extends ApiCommand {
  static override summary = 'Send messages again that failed, or that wait for their next try';
  static override examples = ["<%= config.bin %> messages retry --error 'relay access denied'"];
  static override strict = false;
  static override args = changeArgs;
  static override flags = changeFlags;

  async run(): Promise<BulkChange> {
    const { argv, flags } = await this.parse(MessagesRetry);
    const api = this.connect(flags);
    const change = await changeMessages(api, {
      action: 'retry',
      tenantId: await this.tenantOf(api, flags),
      ids: argv as string[],
      flags,
    });
    this.log(`${change.changed} of ${change.examined} queued again`);
    return change;
  }
}
