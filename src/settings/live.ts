// Which settings a running process takes over, and what a new reading of the settings changes.
import { isDeepStrictEqual } from 'node:util';
import { type Settings, settings } from './settings.js';

/** Every reader of these settings reads them anew each time it uses them. All others count from the start on. */
const live: ReadonlySet<keyof Settings> = new Set([
  'apiToken',
  'metricsToken',
  'maxFailedTokens',
  'trustProxy',
  'logLevel',
  'logDeliveryActivity',
  'maxRetries',
  'retryDelays',
  'maxMessageAgeSeconds',
  'defaultPriority',
  'breakerOpenSeconds',
  'inDoubtGraceSeconds',
  'smtpConnectTimeoutSeconds',
  'smtpReplyTimeoutSeconds',
  'tenantMaxAccounts',
  'tenantMaxQueued',
  'tenantMaxStoredMb',
  'tenantMaxConcurrentSends',
  'tenantMaxConcurrentCalls',
  'tenantMaxSuppressions',
  'reportTimeoutSeconds',
  'reportConnectTimeoutSeconds',
  'reportBatchSize',
  'clientSyncUrl',
  'clientSyncToken',
  'clientSyncUser',
  'clientSyncPassword',
  'deliveryReportRetentionSeconds',
  'commandLogRetentionSeconds',
  'privateNetworks',
  'tenantSmtpPorts',
  'tenantHttpPorts',
  'dashboardContent',
  'dashboardUser',
  'dashboardPassword',
  'dashboardSessionSeconds',
  'dashboardIdleSeconds',
  'historyRetentionSeconds',
  'attachmentBaseDir',
  'attachmentStoreThresholdKb',
  'maxAttachmentMb',
]);

/** The GMP_BOUNCE_ settings count at the first start of an installation, and its database has them from then on. */
export function countsFrom(field: keyof Settings): 'reload' | 'restart' | 'first start' {
  if (live.has(field)) return 'reload';
  return settings[field].name.startsWith('GMP_BOUNCE_') ? 'first start' : 'restart';
}

interface Change {
  /** The names of the settings that count from now on. */
  taken: string[];
  /** The names of the settings that changed and count from the next start on. */
  needRestart: string[];
}

/** Writes the settings that may change while the process runs into `config`, which every part of the process shares. */
export function takeOver(config: Settings, fresh: Settings): Change {
  const fields = (Object.keys(settings) as (keyof Settings)[]).filter(
    (field) => !isDeepStrictEqual(config[field], fresh[field]),
  );
  const taken = fields.filter((field) => countsFrom(field) === 'reload');
  Object.assign(config, Object.fromEntries(taken.map((field) => [field, fresh[field]])));
  const namesOf = (some: typeof fields) => some.map((field) => settings[field].name);
  return {
    taken: namesOf(taken),
    needRestart: namesOf(fields.filter((field) => countsFrom(field) === 'restart')),
  };
}
