// The settings of a tenant as flags, and as the API takes them.
import { Flags } from '@oclif/core';
import { readSecret } from '../ask.js';

export const tenantSettings = {
  name: Flags.string({ description: 'Name for people.' }),
  'base-url': Flags.string({ description: 'Where its application listens for reports.' }),
  'sync-path': Flags.string({ description: 'Path of the application that takes reports.' }),
  'default-account': Flags.string({ description: 'Account of messages that name none.' }),
  auth: Flags.string({
    description: 'How reports log in to the application.',
    options: ['none', 'bearer', 'basic'],
  }),
  'auth-user': Flags.string({ description: 'User, with --auth basic.' }),
  'auth-secret-file': Flags.string({
    description: 'File with the token or password for --auth; - for stdin.',
  }),
};

interface Given {
  name?: string | undefined;
  'base-url'?: string | undefined;
  'sync-path'?: string | undefined;
  'default-account'?: string | undefined;
  auth?: string | undefined;
  'auth-user'?: string | undefined;
  'auth-secret-file'?: string | undefined;
}

/** Only what was given, so that an update leaves the rest as it is. */
export function tenantBody(given: Given): Record<string, unknown> {
  const file = given['auth-secret-file'];
  const secret = file === undefined ? undefined : readSecret(file);
  const auth = {
    none: { method: 'none' },
    bearer: { method: 'bearer', token: secret },
    basic: { method: 'basic', user: given['auth-user'], password: secret },
  };
  const body = {
    name: given.name,
    client_base_url: given['base-url'],
    client_sync_path: given['sync-path'],
    default_account: given['default-account'],
    client_auth: given.auth === undefined ? undefined : auth[given.auth as keyof typeof auth],
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined && value !== ''));
}
