// The settings of sending: retries, concurrency, time-outs, and the default SMTP account.
import { z } from 'zod';
import { ehloNameRule, isEhloName } from '../domain/ehlo-name.js';
import { flag, listOf, priority, secret, setting, unset, whole } from './setting.js';

/**
 * Concurrency counts for each process by itself. Limits on what an account of a tenant may send are not settings: each
 * account has its own.
 */
export const smtpSettings = {
  maxRetries: setting(
    'GMP_MAX_RETRIES',
    whole(0, 100),
    '5',
    'Retries of a message after temporary failures.',
  ),
  retryDelays: setting(
    'GMP_RETRY_DELAYS',
    listOf(whole(1, 604_800)),
    '60,300,900,3600,7200',
    'Seconds before each retry; the last value repeats.',
  ),
  maxMessageAgeSeconds: setting(
    'GMP_MAX_MESSAGE_AGE_SECONDS',
    whole(1, 31_536_000),
    '259200',
    'Seconds after its first attempt from which a message that fails once more, for whatever reason, is given up. A message that waits for an account which its server refused is given up at that age, too.',
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
    'Sends in flight at once in this process; one in twenty of them is for immediate messages alone. A send that has waited for its server for a quarter of a second gives its place to another, up to ten times as many.',
  ),
  maxConcurrentPerAccount: setting(
    'GMP_MAX_CONCURRENT_PER_ACCOUNT',
    whole(1, 1000),
    '20',
    'Sends in flight at once per account and process; from 10 on, one in twenty of them, at least one, is for immediate messages alone.',
  ),
  accountIdleSeconds: setting(
    'GMP_ACCOUNT_IDLE_SECONDS',
    whole(1, 86_400),
    '60',
    "Seconds without work after which an account's queue and connections are closed.",
  ),
  breakerOpenSeconds: setting(
    'GMP_BREAKER_OPEN_SECONDS',
    whole(1, 86_400),
    '5',
    'Seconds an account is paused after its server refused it temporarily; doubles each time, up to an hour.',
  ),
  inDoubtGraceSeconds: setting(
    'GMP_IN_DOUBT_GRACE_SECONDS',
    whole(0, 86_400),
    '10',
    'Seconds before a message is sent again when an attempt ended without a reply that tells whether the server took it.',
  ),
  smtpConnectTimeoutSeconds: setting(
    'GMP_SMTP_CONNECT_TIMEOUT_SECONDS',
    whole(1, 600),
    '30',
    'Seconds in which an SMTP server must be ready, from the name lookup through connection and TLS handshake to its greeting.',
  ),
  smtpReplyTimeoutSeconds: setting(
    'GMP_SMTP_REPLY_TIMEOUT_SECONDS',
    whole(1, 3600),
    '120',
    'Seconds an SMTP server has for each reply and each 64 KB of a message; five times as long for the reply after the message.',
  ),
  smtpEhloName: unset(
    'GMP_SMTP_EHLO_NAME',
    z.string().refine(isEhloName, ehloNameRule),
    "Name by which mail-proxy introduces itself to mail servers (EHLO), unless the account has one of its own. Unset: the machine's fully qualified name, or without one the address it calls from, as [192.0.2.1].",
  ),
  smtpHost: unset(
    'GMP_SMTP_HOST',
    z.string(),
    'Server of the default SMTP account, which sends the messages of tenants without an account of their own.',
  ),
  smtpPort: setting('GMP_SMTP_PORT', whole(1, 65535), '587', 'Port of the default SMTP account.'),
  smtpUser: unset('GMP_SMTP_USER', z.string(), 'User of the default SMTP account.'),
  smtpPassword: secret('GMP_SMTP_PASSWORD', z.string(), 'Password of the default SMTP account.'),
  smtpUseTls: unset(
    'GMP_SMTP_USE_TLS',
    flag,
    'TLS of the default SMTP account. 1: required, 0: none, unset: as the port and the server suggest, but no password is sent without TLS.',
  ),
  smtpLimitPerMinute: unset(
    'GMP_SMTP_LIMIT_PER_MINUTE',
    whole(1, 1_000_000_000),
    'Mails a minute at most through the default SMTP account, of all tenants together; unset: any number.',
  ),
  smtpLimitPerHour: unset(
    'GMP_SMTP_LIMIT_PER_HOUR',
    whole(1, 1_000_000_000),
    'Mails an hour at most through the default SMTP account, of all tenants together; unset: any number.',
  ),
  smtpLimitPerDay: unset(
    'GMP_SMTP_LIMIT_PER_DAY',
    whole(1, 1_000_000_000),
    'Mails a day at most through the default SMTP account, of all tenants together; unset: any number.',
  ),
};
