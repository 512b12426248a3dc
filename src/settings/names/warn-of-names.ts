// Says which variables have no effect, or are taken under the name that genro-mail-proxy gave them. Never shows a value.
import { nearestName } from '../../nearest-name.js';
import { settings } from '../settings.js';
import { earlierNames, idleNames } from './earlier-names.js';

const prefix = 'GMP_';
/** Names the configuration file, so it is read before the settings are. */
const configFileName = 'GMP_CONFIG';
const known = Object.values(settings);
const knownNames = new Set(known.map(({ name }) => name));

/**
 * @param given the names of the variables that have a value
 * @param placeOf where the variable stands in the configuration file, to be shown behind the warning
 */
export function warnOfNames(given: readonly string[], placeOf = (_name: string) => ''): string[] {
  const names = new Set(given);
  return given.flatMap((name) => {
    const warning = warningAbout(name, names);
    return warning === undefined ? [] : [warning + placeOf(name)];
  });
}

function warningAbout(name: string, given: ReadonlySet<string>): string | undefined {
  if (knownNames.has(name) || name === configFileName) return undefined;
  const ours = Object.hasOwn(earlierNames, name) ? earlierNames[name] : undefined;
  if (ours !== undefined) {
    return given.has(ours)
      ? `${name} has no effect beside ${ours}`
      : `${name} is called ${ours} here; it is taken`;
  }
  const idle = Object.hasOwn(idleNames, name) ? idleNames[name] : undefined;
  if (idle !== undefined) return `${name} has no effect: ${idle}`;
  if (!name.startsWith(prefix)) return undefined;
  const ofFile = name.endsWith('_FILE')
    ? known.find((one) => one.name === name.slice(0, -'_FILE'.length))
    : undefined;
  if (ofFile !== undefined)
    return ofFile.secret
      ? undefined
      : `${name} has no effect: only secrets may stand in a file; set ${ofFile.name}`;
  const nearest = nearestName(
    name.slice(prefix.length),
    known.map((one) => one.name.slice(prefix.length)),
  );
  return `unknown setting ${name}${nearest === undefined ? '' : `; did you mean ${prefix}${nearest}?`}`;
}
