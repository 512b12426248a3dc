// mail-proxy messages prioritize: gives messages that are not sent yet another priority.
import { Flags } from '@oclif/core';
import { priorities } from '../../../domain/priority.js';
import { ApiCommand } from '../../api-command.js';
import { type BulkChange, changeArgs, changeFlags, changeMessages } from '../../messages/change-messages.js';

export default class MessagesPrioritize extends ApiCommand {
  static override summary = 'Give messages that are not sent yet another priority';
  static override examples = ['<%= config.bin %> messages prioritize --batch newsletter --priority low'];
  static override strict = false;
  static override args = changeArgs;
  static override flags = {
    ...changeFlags,
    priority: Flags.string({ description: 'The new one.', options: Object.keys(priorities), required: true }),
  };

  async run(): Promise<BulkChange> {
    const { argv, flags } = await this.parse(MessagesPrioritize);
    const api = this.connect(flags);
    const change = await changeMessages(api, {
      action: 'prioritize',
      tenantId: await this.tenantOf(api, flags),
      ids: argv as string[],
      flags,
      priority: priorities[flags.priority as keyof typeof priorities],
    });
    this.log(`${change.changed} of ${change.examined} given another priority`);
    return change;
  }
}
