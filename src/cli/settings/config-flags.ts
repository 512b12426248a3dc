// Which settings a `config` command is about: those of an instance, of a file, or of the environment alone.
import { Flags } from '@oclif/core';
import { type Environment, readEnvironment } from '../../config.js';
import { configOf, readInstance } from '../instances/instance.js';
import { usualInstance } from '../instances/local-instance.js';

export const configFlags = {
  instance: Flags.string({
    char: 'i',
    description: 'Settings of this instance; else of the one chosen with `use`, or the only one.',
    exclusive: ['config'],
  }),
  config: Flags.string({ description: 'Settings of this INI file (GMP_CONFIG).' }),
};

/** As other commands find their service: where neither flags nor the environment name settings, an instance's are meant. */
export function chosenEnvironment(home: string, flags: Parameters<typeof configEnvironment>[1]): Environment {
  const env = readEnvironment();
  const isNamed =
    flags.instance ?? flags.config ?? env.GMP_CONFIG ?? env.GMP_API_TOKEN ?? env.GMP_API_TOKEN_FILE;
  const usual = isNamed === undefined ? usualInstance(home) : undefined;
  if (usual === undefined || readInstance(home, usual).isRemote) return configEnvironment(home, flags);
  return configEnvironment(home, { instance: usual });
}

export function configEnvironment(
  home: string,
  flags: { instance?: string | undefined; config?: string | undefined },
): Environment {
  const file = flags.instance === undefined ? flags.config : configOf(readInstance(home, flags.instance));
  return { ...readEnvironment(), ...(file !== undefined && { GMP_CONFIG: file }) };
}
