// Which settings a `config` command is about: those of an instance, of a file, or of the environment alone.
import { Flags } from '@oclif/core';
import { type Environment, readEnvironment } from '../../config.js';
import { configOf, readInstance } from '../instances/instance.js';

export const configFlags = {
  instance: Flags.string({ char: 'i', description: 'Settings of this instance.', exclusive: ['config'] }),
  config: Flags.string({ description: 'Settings of this INI file (GMP_CONFIG).' }),
};

export function configEnvironment(
  home: string,
  flags: { instance?: string | undefined; config?: string | undefined },
): Environment {
  const file = flags.instance === undefined ? flags.config : configOf(readInstance(home, flags.instance));
  return { ...readEnvironment(), ...(file !== undefined && { GMP_CONFIG: file }) };
}
