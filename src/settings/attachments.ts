// The settings of attachments: where their contents are stored, and which files may be attached.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl, setting, unset, whole } from './setting.js';

const folder = z
  .string()
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'is not an absolute path of a folder')
  .describe('absolute path of a folder');

export const attachmentSettings = {
  attachmentStoreDir: unset(
    'GMP_ATTACHMENT_STORE_DIR',
    folder,
    'Folder for the contents of attachments over GMP_ATTACHMENT_STORE_THRESHOLD_KB, with SQLite. Unset: beside the database file, with .attachments after its name. With PostgreSQL all contents are in the database.',
  ),
  attachmentStoreThresholdKb: setting(
    'GMP_ATTACHMENT_STORE_THRESHOLD_KB',
    whole(1, 1024),
    '128',
    'KiB up to which the content of an attachment is stored in the SQLite file itself.',
  ),
  attachmentBaseDir: unset(
    'GMP_ATTACHMENT_BASE_DIR',
    folder,
    'Folder below which messages may name files to attach; {tenant} in it stands for the id of the tenant. Unset: no message may name a file.',
  ),
  maxAttachmentMb: setting(
    'GMP_MAX_ATTACHMENT_MB',
    whole(1, 2048),
    '50',
    'MiB that one attachment may have which is fetched when its message is sent.',
  ),
  attachmentTimeout: setting(
    'GMP_ATTACHMENT_TIMEOUT',
    whole(1, 3600),
    '60',
    'Seconds that fetching one attachment may take.',
  ),
  maxConcurrentAttachments: setting(
    'GMP_MAX_CONCURRENT_ATTACHMENTS',
    whole(1, 1000),
    '8',
    'Attachments that this process fetches at once; one tenant alone has half of them at most.',
  ),
  publicUrl: unset(
    'GMP_PUBLIC_URL',
    httpUrl,
    'Where recipients of mails reach this service, for links to large files; a tenant may have a public_base_url of its own. Unset: only tenants that have one send such links.',
  ),
  uploadTimeout: setting(
    'GMP_UPLOAD_TIMEOUT',
    whole(1, 86_400),
    '600',
    'Seconds in which the storage of a tenant must have taken a large attachment.',
  ),
  attachmentSpoolMb: setting(
    'GMP_ATTACHMENT_SPOOL_MB',
    whole(1, 1_000_000),
    '1024',
    'MiB of fetched attachments whose mails have not left yet, in the folder for temporary files (TMPDIR), for this process; as much again for those that arrive in calls.',
  ),
  attachmentCacheMemoryMaxMb: setting(
    'GMP_ATTACHMENT_CACHE_MEMORY_MAX_MB',
    whole(0, 100_000),
    '50',
    'MiB of fetched attachments that this process keeps in memory; 0: none.',
  ),
  attachmentCacheMemoryTtlSeconds: setting(
    'GMP_ATTACHMENT_CACHE_MEMORY_TTL_SECONDS',
    whole(1, 31_536_000),
    '300',
    'Seconds that a fetched attachment is kept in memory.',
  ),
  attachmentCacheDiskDir: unset(
    'GMP_ATTACHMENT_CACHE_DISK_DIR',
    folder,
    'Folder in which fetched attachments are kept, for all processes of a machine. Unset: with SQLite beside the database file, with .attachment-cache after its name; with PostgreSQL none is kept on disk.',
  ),
  attachmentCacheDiskMaxMb: setting(
    'GMP_ATTACHMENT_CACHE_DISK_MAX_MB',
    whole(0, 10_000_000),
    '500',
    'MiB of fetched attachments that are kept on disk; those not used for the longest go first. 0: none.',
  ),
  attachmentCacheDiskTtlSeconds: setting(
    'GMP_ATTACHMENT_CACHE_DISK_TTL_SECONDS',
    whole(1, 31_536_000),
    '3600',
    'Seconds that a fetched attachment is kept on disk after its last use.',
  ),
  attachmentCacheDiskThresholdKb: setting(
    'GMP_ATTACHMENT_CACHE_DISK_THRESHOLD_KB',
    whole(0, 10_240),
    '100',
    'KiB up to which a fetched attachment is kept in memory too; larger ones are kept on disk alone.',
  ),
};
