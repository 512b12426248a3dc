// Finds the service that a command is about: by flag, by environment, by what `use` chose, or because there is only one.
import { readConfig, readEnvironment } from '../config.js';
import { Fault } from '../errors.js';
import type { ApiTarget } from './call-api.js';
import { homeFolder } from './instances/home.js';
import { readInstance } from './instances/instance.js';
import { usualInstance, whichInstance } from './instances/local-instance.js';
import { urlOfListener, withoutSlash } from './instances/service-url.js';

interface TargetFlags {
  instance?: string | undefined;
  url?: string | undefined;
  token?: string | undefined;
}

/**
 * A token that is named counts for an instance too, as that of a tenant.
 * @throws Fault `bad_settings` that says what to name
 */
export function findTarget(flags: TargetFlags): ApiTarget & { instance?: string } {
  const found = findService(flags);
  return flags.token === undefined ? found : { ...found, token: flags.token };
}

function findService(flags: TargetFlags): ApiTarget & { instance?: string } {
  const env = readEnvironment();
  const url = flags.url ?? env.MAIL_PROXY_URL;
  const token = flags.token ?? env.MAIL_PROXY_TOKEN;
  const home = homeFolder(env);
  if (flags.instance !== undefined && flags.url === undefined) {
    return { ...readInstance(home, flags.instance), instance: flags.instance };
  }
  if (url !== undefined) {
    return { url: withoutSlash(url), token: token ?? fromEnvironment(url).token };
  }
  if (env.GMP_API_TOKEN ?? env.GMP_API_TOKEN_FILE) return fromEnvironment();
  const name = usualInstance(home);
  if (name !== undefined) return { ...readInstance(home, name), instance: name };
  throw new Fault('bad_settings', whichInstance(home));
}

/** The service that the environment describes, as in a container or beside `mail-proxy serve`. */
function fromEnvironment(url?: string): ApiTarget {
  const { host, port, apiToken } = readConfig();
  if (apiToken === undefined)
    throw new Fault('bad_settings', 'Name the token: --token, MAIL_PROXY_TOKEN or GMP_API_TOKEN');
  return { url: withoutSlash(url ?? urlOfListener(host, port)), token: apiToken };
}
