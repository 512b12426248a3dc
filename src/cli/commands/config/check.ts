// mail-proxy config check: whether the service would start with these settings.
import { readConfig } from '../../../config.js';
import { PlainCommand } from '../../api-command.js';
import { chosenEnvironment, configFlags } from '../../settings/config-flags.js';

export default class ConfigCheck extends PlainCommand {
  static override summary = 'Check all settings; every fault is named, and nothing is started';
  static override examples = [
    '<%= config.bin %> config check --config /etc/mail-proxy.ini',
    '<%= config.bin %> config check --instance demo',
  ];
  static override flags = configFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigCheck);
    const { warnings } = readConfig(chosenEnvironment(this.home(), flags));
    for (const warning of warnings) this.logToStderr(warning);
    this.log('All settings are valid');
  }
}
