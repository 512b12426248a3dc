// The settings of the process as a whole: its database, Redis, encryption keys, roles, log and shutdown.
import { z } from 'zod';
import { databasePath } from './database-path.js';
import {
  flag,
  key32,
  keys32,
  listOf,
  logLevel,
  oneOf,
  redisUrl,
  secret,
  setting,
  unset,
  whole,
} from './setting.js';

/**
 * Defaults fit a single process on SQLite. PostgreSQL needs a Redis URL and an encryption key as well, which `boot.ts`
 * checks.
 */
export const coreSettings = {
  dbPath: setting(
    'GMP_DB_PATH',
    databasePath,
    './mail_service.db',
    'Database: a file path (SQLite) or a postgresql:// URL.',
  ),
  redisUrl: secret(
    'GMP_REDIS_URL',
    redisUrl,
    'Redis 6.2 or later. Unset: mail-proxy starts a private redis-server beside the database file.',
  ),
  redisPrefix: setting(
    'GMP_REDIS_PREFIX',
    z
      .string()
      .regex(/^[\w-]{1,64}$/, 'is not 1 to 64 letters, digits, _ or -')
      .describe('1 to 64 letters, digits, _ or -'),
    'mail-proxy',
    'First part of every Redis key.',
  ),
  encryptionKey: secret(
    'GMP_ENCRYPTION_KEY',
    key32,
    'Encrypts SMTP passwords and client credentials in the database: 32 bytes, base64. Unset: generated once beside the SQLite file.',
  ),
  encryptionKeyPrevious: secret(
    'GMP_ENCRYPTION_KEY_PREVIOUS',
    keys32,
    'Earlier encryption keys, separated by commas, which still decrypt stored secrets until POST /instance/rotate-secrets has re-encrypted them.',
  ),
  allowEmptyDatabase: setting(
    'GMP_ALLOW_EMPTY_DATABASE',
    flag,
    '0',
    'Whether a start may make a new SQLite database beside the key file of an earlier one.',
  ),
  adminTokenFile: unset(
    'GMP_ADMIN_TOKEN_FILE',
    z.string().min(1, 'is empty'),
    'File to which the first start writes the admin token that it generates, readable by its owner alone. Unset: the name of the SQLite file with .admin-token, or with PostgreSQL ./mail_service.admin-token.',
  ),
  roles: setting(
    'GMP_ROLES',
    listOf(oneOf('api', 'worker')),
    'api,worker',
    'What this process does: api, worker or both.',
  ),
  startActive: setting('GMP_START_ACTIVE', flag, '1', 'Whether sending is on after the start.'),
  logLevel: setting(
    'GMP_LOG_LEVEL',
    logLevel,
    'info',
    'Least severe level that is logged: trace, debug, info, warn, error, fatal or silent.',
  ),
  logFormat: setting('GMP_LOG_FORMAT', oneOf('text', 'json'), 'text', 'text for people, json for machines.'),
  logDeliveryActivity: setting(
    'GMP_LOG_DELIVERY_ACTIVITY',
    flag,
    '0',
    'Whether each delivery attempt is logged.',
  ),
  testMode: setting(
    'GMP_TEST_MODE',
    flag,
    '0',
    'Whether mail leaves only when POST /commands/run-now is called; for the tests of an application, with one process.',
  ),
  sweepIntervalSeconds: setting(
    'GMP_SWEEP_INTERVAL_SECONDS',
    whole(1, 3600),
    '5',
    'Seconds between two sweeps, which queue messages that are due but not queued.',
  ),
  processTimeoutSeconds: setting(
    'GMP_PROCESS_TIMEOUT_SECONDS',
    whole(2, 3600),
    '30',
    'Seconds without a heartbeat after which a process counts as dead.',
  ),
  shutdownGraceSeconds: setting(
    'GMP_SHUTDOWN_GRACE_SECONDS',
    whole(0, 3600),
    '30',
    'Seconds that sends in flight have to finish when the service stops.',
  ),
  commandLogRetentionSeconds: setting(
    'GMP_COMMAND_LOG_RETENTION_SECONDS',
    whole(60, 3_153_600_000),
    '7776000',
    'Seconds entries stay in the command log, which GET /command-log shows.',
  ),
};
