// mail-proxy command-log purge: old entries go by themselves, so it says how to keep them for less time.
import { PlainCommand } from '../../api-command.js';

export default class CommandLogPurge extends PlainCommand {
  static override summary = 'Say how to keep the entries of the command log for less time';
  static override examples = ['<%= config.bin %> config set command_log_retention_seconds 604800'];
  static override flags = {};
  // Of genro-mail-proxy, whose flags for the command are of no use here.
  static override strict = false;

  async run(): Promise<void> {
    this.log('Entries go by themselves after GMP_COMMAND_LOG_RETENTION_SECONDS. To keep them for 7 days:');
    this.log('mail-proxy config set GMP_COMMAND_LOG_RETENTION_SECONDS 604800');
  }
}
