// mail-proxy config show: every setting with its value and where the value comes from; secrets are not shown.
import { Flags } from '@oclif/core';
import { type DescribedSetting, describeSettings } from '../../../config.js';
import { PlainCommand } from '../../api-command.js';
import { chosenEnvironment, configFlags } from '../../settings/config-flags.js';

export default class ConfigShow extends PlainCommand {
  static override summary = 'Show every setting, its value, and where the value comes from';
  static override examples = [
    '<%= config.bin %> config show --set',
    '<%= config.bin %> config show --instance demo --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    ...configFlags,
    set: Flags.boolean({ description: 'Only settings that differ from their defaults.' }),
  };

  async run(): Promise<DescribedSetting[]> {
    const { flags } = await this.parse(ConfigShow);
    const all = describeSettings(chosenEnvironment(this.home(), flags));
    const shown = flags.set ? all.filter(({ source }) => source !== 'default') : all;
    this.printRows(
      shown,
      [
        { title: 'setting', of: ({ name }) => name },
        { title: 'value', of: ({ value }) => value },
        { title: 'source', of: ({ source }) => source },
      ],
      { none: 'All settings have their defaults' },
    );
    return shown;
  }
}
