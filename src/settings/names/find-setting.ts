// Finds a setting by the name that a person types, with or without GMP_, in upper or lower case.
import { Fault } from '../../errors.js';
import { nearestName } from '../../nearest-name.js';
import type { Setting } from '../setting.js';
import { type Settings, settings } from '../settings.js';
import { earlierNames } from './earlier-names.js';

const prefix = 'GMP_';

/** @throws Fault `bad_settings` that names the nearest known one */
export function findSetting(typed: string): { field: keyof Settings; setting: Setting<unknown> } {
  const word = typed.toUpperCase().replace(/[.-]/g, '_');
  const name =
    earlierNames[word] ?? earlierNames[prefix + word] ?? (word.startsWith(prefix) ? word : prefix + word);
  for (const [field, setting] of Object.entries<Setting<unknown>>(settings)) {
    if (setting.name === name) return { field: field as keyof Settings, setting };
  }
  const known = Object.values(settings).map((one) => one.name.slice(prefix.length));
  const nearest = nearestName(name.slice(prefix.length), known);
  const hint =
    nearest === undefined ? 'mail-proxy config show lists all' : `did you mean ${prefix}${nearest}?`;
  throw new Fault('bad_settings', `There is no setting ${name}; ${hint}`);
}
