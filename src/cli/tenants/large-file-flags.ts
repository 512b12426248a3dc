// The settings of a tenant for large attachments as flags, and as the API takes them.
import { Flags } from '@oclif/core';
import { linkTypes } from '../../domain/large-file/config.js';
import { readSecret } from '../ask.js';

export const largeFileFlags = {
  'large-files': Flags.string({
    description: 'What becomes of large attachments: a link in their place with rewrite.',
    options: ['off', 'warn', 'reject', 'rewrite'],
  }),
  'large-files-over': Flags.integer({ description: 'MiB over which an attachment is large.', min: 1 }),
  'storage-url': Flags.string({
    description:
      'Where large attachments are put: file:///folder, s3://bucket, gs://bucket or az://container.',
  }),
  'storage-user': Flags.string({ description: 'Access key id (s3) or account (az) of the storage.' }),
  'storage-secret-file': Flags.string({
    description:
      'File with the secret key (s3), account key (az) or JSON key (gs) of the storage; - for stdin.',
  }),
  'link-type': Flags.string({ description: 'Where links lead.', options: [...linkTypes] }),
  'link-base-url': Flags.string({ description: 'What links begin with.' }),
  'link-days': Flags.integer({ description: 'Days for which files are there.', min: 1 }),
  'link-days-after-download': Flags.integer({
    description: 'Days for which they are there after a download.',
    min: 0,
  }),
};

interface Given {
  'large-files'?: string | undefined;
  'large-files-over'?: number | undefined;
  'storage-url'?: string | undefined;
  'storage-user'?: string | undefined;
  'storage-secret-file'?: string | undefined;
  'link-type'?: string | undefined;
  'link-base-url'?: string | undefined;
  'link-days'?: number | undefined;
  'link-days-after-download'?: number | undefined;
}

/** Whether the flags change `large_file_config`. */
export function namesLargeFiles(given: Given): boolean {
  return Object.keys(largeFileFlags).some((name) => given[name as keyof Given] !== undefined);
}

/**
 * @param current as the API shows it: the API replaces it as a whole, so that what no flag names is sent back
 * @returns `large_file_config`
 */
export function largeFileConfig(
  given: Given,
  current: Record<string, unknown> = {},
): Record<string, unknown> {
  const action = given['large-files'];
  const file = given['storage-secret-file'];
  const login = chosen({
    user: given['storage-user'],
    password: file === undefined ? undefined : readSecret(file),
  });
  return {
    ...current,
    ...chosen({
      enabled: action === undefined ? (current.enabled ?? true) : action !== 'off',
      action: action === 'off' ? undefined : action,
      max_size_mb: given['large-files-over'],
      storage_url: given['storage-url'],
      link_type: given['link-type'],
      public_base_url: given['link-base-url'],
      file_ttl_days: given['link-days'],
      lifespan_after_download_days: given['link-days-after-download'],
    }),
    ...(Object.keys(login).length > 0 && {
      storage_auth: { ...(current.storage_auth as object | null | undefined), ...login },
    }),
  };
}

function chosen(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
