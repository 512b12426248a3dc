// mail-proxy config set NAME [VALUE]: changes a setting of an instance. A running service takes it over where it can.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { readConfig, readEnvironment } from '../../../config.js';
import { Fault } from '../../../errors.js';
import { readConfigText } from '../../../settings/config-file.js';
import { countsFrom } from '../../../settings/live.js';
import { findSetting } from '../../../settings/names/find-setting.js';

import { PlainCommand } from '../../api-command.js';
import { askMissing, Missing, readSecret } from '../../ask.js';
import { configOf } from '../../instances/instance.js';
import { localInstance } from '../../instances/local-instance.js';
import { pidOf } from '../../instances/running.js';
import { editIni } from '../../settings/edit-ini.js';

export default class ConfigSet extends PlainCommand {
  static override summary = 'Change a setting of an instance; comments in its config.ini stay';
  static override description =
    'A running service takes over at once what can change while it runs. A secret is asked for unseen, or read from a file.';
  static override examples = [
    '<%= config.bin %> config set GMP_MAX_RETRIES 8 --instance demo',
    '<%= config.bin %> config set smtp_password --value-file - --instance demo < password',
    '<%= config.bin %> config set GMP_MAX_RETRIES --unset',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the setting, with or without GMP_.' }),
    value: Args.string({ description: 'Its new value.' }),
  };
  static override flags = {
    instance: Flags.string({
      char: 'i',
      description: 'The instance; else the one chosen with `use`, or the only one.',
    }),
    'value-file': Flags.string({ description: 'File with the value; - for stdin.' }),
    unset: Flags.boolean({ description: 'Back to the default.', exclusive: ['value-file'] }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigSet);
    const found = findSetting(args.name);
    const { name, secret, schema } = found.setting;
    const instance = localInstance(this.home(), flags.instance);
    if (flags.unset && args.value !== undefined) throw new Missing('Give a value or --unset, not both');
    const file = flags['value-file'];
    if (secret && args.value !== undefined)
      this.warn('A secret on the command line can be seen; use --value-file');
    const given = args.value ?? (file === undefined ? undefined : readSecret(file));
    const question = {
      flag: 'VALUE',
      message: `${name} (${schema.description ?? 'text'})`,
      isSecret: secret,
    };
    const value = flags.unset ? undefined : (await askMissing({ value: question }, { value: given })).value;
    const fault = value === undefined ? undefined : faultOf(schema.safeParse(value));
    if (fault !== undefined)
      throw new Fault('bad_settings', `${name}${secret ? '' : ` "${value}"`} ${fault}`);
    change(configOf(instance), name, value);
    this.log(`${name} is ${value === undefined ? 'unset' : secret ? 'set' : value}`);
    const pid = pidOf(instance.folder);
    if (pid === undefined) return;
    const from = countsFrom(found.field);
    if (from === 'reload') process.kill(pid, 'SIGHUP');
    else if (from === 'restart') this.log(`It counts after: mail-proxy restart ${instance.name}`);
    else this.log('It counts at the first start of an installation; now: mail-proxy config bounce');
  }
}

function faultOf(parsed: { error?: { issues: { message: string }[] } | undefined }): string | undefined {
  return parsed.error && (parsed.error.issues[0]?.message ?? 'is not valid');
}

/** The new file appears as a whole, and only when the service would start with it. */
function change(path: string, name: string, value: string | undefined): void {
  if (value !== undefined && /[\r\n]/.test(value))
    throw new Fault('bad_settings', `${name} has more than one line`);
  const text = editIni(path, readFileSync(path, 'utf8'), name, value);
  const { values } = readConfigText(path, text);
  readConfig({ ...values, ...readEnvironment() });
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, path);
}
