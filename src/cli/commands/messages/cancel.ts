// mail-proxy messages cancel: gives up messages that are not sent yet.
import { ApiCommand } from '../../api-command.js';
import { type BulkChange, changeArgs, changeFlags, changeMessages } from '../../messages/change-messages.js';

export default class MessagesCancel extends ApiCommand {
  static override summary = 'Give up messages that are not sent yet; they are reported as failed';
  static override examples = ['<%= config.bin %> messages cancel --batch newsletter'];
  static override strict = false;
  static override args = changeArgs;
  static override flags = changeFlags;

  async run(): Promise<BulkChange> {
    const { argv, flags } = await this.parse(MessagesCancel);
    const api = this.connect(flags);
    const change = await changeMessages(api, {
      action: 'cancel',
      tenantId: await this.tenantOf(api, flags),
      ids: argv as string[],
      flags,
    });
    this.log(`${change.changed} of ${change.examined} given up`);
    return change;
  }
}
