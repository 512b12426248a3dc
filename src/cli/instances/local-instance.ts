// Finds the instance of this machine that a command is about: the named one, the one chosen with `use`, or the only one.
import { Fault } from '../../errors.js';
import { listInstances, readChosen } from './home.js';
import { type Instance, readInstance } from './instance.js';

/** Undefined: none is named, none is chosen, and there is not exactly one. */
export function usualInstance(home: string): string | undefined {
  const names = listInstances(home);
  return readChosen(home).instance ?? (names.length === 1 ? names[0] : undefined);
}

/** @throws Fault that says what to name, or that the instance runs elsewhere */
export function localInstance(home: string, named: string | undefined): Instance {
  const name = named ?? usualInstance(home);
  if (name === undefined) throw new Fault('bad_settings', whichInstance(home));
  const instance = readInstance(home, name);
  if (instance.isRemote) throw new Fault('bad_request', `${name} runs elsewhere, at ${instance.url}`);
  return instance;
}

/** What to tell a user who has named no instance. */
export function whichInstance(home: string): string {
  const names = listInstances(home);
  return names.length === 0
    ? 'There is no instance: mail-proxy start NAME makes one. For a service elsewhere: --url and --token'
    : `Name the instance: --instance ${names.join(' or --instance ')}; mail-proxy use NAME chooses one`;
}
