// Every setting: its variable, its bounds, its default and what it means. .env.example lists the same.
import { z } from 'zod';
import { httpSettings } from './http-settings.js';
import {
  flag,
  key32,
  keys32,
  listOf,
  oneOf,
  priority,
  redisUrl,
  type Setting,
  secret,
  setting,
  unset,
  whole,
} from './setting.js';

export const settings = {
  dbPath: setting(
    'GMP_DB_PATH',
    z.string(),
    './mail_service.db',
    'Database: a file path (SQLite) or a postgresql:// URL.',
  ),
  redisUrl: secret(
    'GMP_REDIS_URL',
    redisUrl,
    'Redis 6.2 or later. Unset: a private redis-server is started beside the database file.',
  ),
  redisPrefix: setting(
    'GMP_REDIS_PREFIX',
    z.string().regex(/^[\w-]{1,64}$/, 'is not 1 to 64 letters, digits, _ or -'),
    'mail-proxy',
    'First part of every Redis key.',
  ),
  apiToken: secret(
    'GMP_API_TOKEN',
    z.string().min(8, 'is shorter than 8 characters'),
    'Admin token. Unset: generated on first start and shown once.',
  ),
  metricsToken: secret(
    'GMP_METRICS_TOKEN',
    z.string().min(8, 'is shorter than 8 characters'),
    'Token for GET /metrics. Unset: it is open to everyone.',
  ),
  encryptionKey: secret(
    'GMP_ENCRYPTION_KEY',
    key32,
    'Encrypts SMTP passwords and client credentials at rest: 32 bytes, base64. Unset: generated once beside the SQLite file.',
  ),
  encryptionKeyPrevious: secret(
    'GMP_ENCRYPTION_KEY_PREVIOUS',
    keys32,
    'Earlier encryption keys, with commas between, that still open what they encrypted until POST /instance/rotate-secrets has been called.',
  ),
  host: setting('GMP_HOST', z.string(), '127.0.0.1', 'Address the HTTP API listens on.'),
  port: setting('GMP_PORT', whole(0, 65535), '8000', 'Port the HTTP API listens on; 0 takes a free one.'),
  roles: setting(
    'GMP_ROLES',
    listOf(oneOf('api', 'worker')),
    'api,worker',
    'What this process does: api, worker or both.',
  ),
  startActive: setting('GMP_START_ACTIVE', flag, '1', 'Whether sending begins at start.'),
  logLevel: setting(
    'GMP_LOG_LEVEL',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'Least severe level that is logged.',
  ),
  logFormat: setting('GMP_LOG_FORMAT', oneOf('text', 'json'), 'text', 'text for people, json for machines.'),
  logDeliveryActivity: setting('GMP_LOG_DELIVERY_ACTIVITY', flag, '0', 'Whether each attempt is logged.'),
  maxRetries: setting(
    'GMP_MAX_RETRIES',
    whole(0, 100),
    '5',
    'Attempts after the first that a temporary failure is worth.',
  ),
  retryDelays: setting(
    'GMP_RETRY_DELAYS',
    listOf(whole(1, 604_800)),
    '60,300,900,3600,7200',
    'Seconds before each retry; the last one repeats.',
  ),
  defaultPriority: setting(
    'GMP_DEFAULT_PRIORITY',
    priority,
    '2',
    'Priority of messages that name none: 0-3 or immediate, high, medium, low.',
  ),
  maxConcurrentSends: setting(
    'GMP_MAX_CONCURRENT_SENDS',
    whole(1, 10_000),
    '200',
    'SMTP transactions at once in this process.',
  ),
  maxConcurrentPerAccount: setting(
    'GMP_MAX_CONCURRENT_PER_ACCOUNT',
    whole(1, 1000),
    '20',
    'SMTP transactions at once per account and process.',
  ),
  accountIdleSeconds: setting(
    'GMP_ACCOUNT_IDLE_SECONDS',
    whole(1, 86_400),
    '60',
    "Seconds without work after which an account's worker and connections are closed.",
  ),
  ...httpSettings,
  smtpConnectTimeoutSeconds: setting(
    'GMP_SMTP_CONNECT_TIMEOUT_SECONDS',
    whole(1, 600),
    '30',
    'Seconds from the name look-up until an SMTP server is ready: connection, greeting and TLS handshake altogether.',
  ),
  smtpReplyTimeoutSeconds: setting(
    'GMP_SMTP_REPLY_TIMEOUT_SECONDS',
    whole(1, 3600),
    '120',
    'Seconds an SMTP server has for each reply and each 64 KB of a body; five times as many for the reply after the body.',
  ),
  smtpHost: unset(
    'GMP_SMTP_HOST',
    z.string(),
    'Default SMTP account, for messages of tenants without an account of their own: its server.',
  ),
  smtpPort: setting('GMP_SMTP_PORT', whole(1, 65535), '587', 'Its port.'),
  smtpUser: unset('GMP_SMTP_USER', z.string(), 'Its user.'),
  smtpPassword: secret('GMP_SMTP_PASSWORD', z.string(), 'Its password.'),
  smtpUseTls: unset(
    'GMP_SMTP_USE_TLS',
    flag,
    '1: TLS required, 0: none, unset: as the port and the server suggest.',
  ),
  bounceEnabled: setting(
    'GMP_BOUNCE_ENABLED',
    flag,
    '0',
    'Whether the mailbox for bounces is read. This and the next settings count at the first start; later PUT /instance/bounce changes them.',
  ),
  bounceImapHost: unset('GMP_BOUNCE_IMAP_HOST', z.string(), 'Its IMAP server.'),
  bounceImapPort: setting('GMP_BOUNCE_IMAP_PORT', whole(1, 65535), '993', 'The port of its server.'),
  bounceImapUser: unset('GMP_BOUNCE_IMAP_USER', z.string(), 'The user there.'),
  bounceImapPassword: secret('GMP_BOUNCE_IMAP_PASSWORD', z.string(), "The user's password."),
  bounceImapFolder: setting('GMP_BOUNCE_IMAP_FOLDER', z.string(), 'INBOX', 'The folder bounces arrive in.'),
  bounceImapSsl: setting('GMP_BOUNCE_IMAP_SSL', flag, '1', '1: TLS from the first byte, 0: none.'),
  bouncePollInterval: setting(
    'GMP_BOUNCE_POLL_INTERVAL',
    whole(1, 86_400),
    '60',
    'Seconds between two looks into it.',
  ),
  bounceReturnPath: unset(
    'GMP_BOUNCE_RETURN_PATH',
    z.string().regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address'),
    'Envelope sender of mails that name none, so that their bounces arrive there.',
  ),
  reportTimeoutSeconds: setting(
    'GMP_REPORT_TIMEOUT_SECONDS',
    whole(1, 600),
    '30',
    "Seconds a tenant's application has to answer a delivery report.",
  ),
  reportBatchSize: setting(
    'GMP_REPORT_BATCH_SIZE',
    whole(1, 10_000),
    '500',
    'Events in one delivery report at most.',
  ),
  syncIntervalSeconds: setting(
    'GMP_SYNC_INTERVAL_SECONDS',
    whole(1, 86_400),
    '300',
    'Longest pause between two tries at a failing report endpoint, in seconds.',
  ),
  deliveryReportRetentionSeconds: setting(
    'GMP_DELIVERY_REPORT_RETENTION_SECONDS',
    whole(0, 315_360_000),
    '604800',
    'Seconds that a message stays after its end was reported, where /commands/cleanup-messages names no other time.',
  ),
  commandLogRetentionSeconds: setting(
    'GMP_COMMAND_LOG_RETENTION_SECONDS',
    whole(60, 3_153_600_000),
    '7776000',
    'Seconds for which it is kept who called what, for GET /command-log.',
  ),
  sweepIntervalSeconds: setting(
    'GMP_SWEEP_INTERVAL_SECONDS',
    whole(1, 3600),
    '5',
    'Seconds between two looks for messages that are due but not queued.',
  ),
  accountRestSeconds: setting(
    'GMP_ACCOUNT_REST_SECONDS',
    whole(1, 86_400),
    '30',
    'Seconds an account rests after its server refused it for now; twice as long each time, an hour at most.',
  ),
  inDoubtGraceSeconds: setting(
    'GMP_IN_DOUBT_GRACE_SECONDS',
    whole(0, 86_400),
    '10',
    'Seconds before a message is sent again of which nobody knows whether the server took it.',
  ),
  processTimeoutSeconds: setting(
    'GMP_PROCESS_TIMEOUT_SECONDS',
    whole(2, 3600),
    '30',
    'Seconds without a sign of life after which a process counts as dead.',
  ),
  shutdownGraceSeconds: setting(
    'GMP_SHUTDOWN_GRACE_SECONDS',
    whole(0, 3600),
    '30',
    'Seconds that sends under way have to finish when the service stops.',
  ),
} satisfies Record<string, Setting<unknown>>;

export type Settings = {
  [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never;
};
