// The instance's default SMTP account, which stands in the settings instead of a table.
import type { Config } from '../../config.js';
import type { Needs } from '../context.js';

/** The account that GMP_SMTP_HOST and the settings beside it describe, for tenants without one; undefined when unset. */
export function instanceAccount(ctx: Needs<'config' | 'secrets'>) {
  const { config } = ctx;
  if (config.smtpHost === undefined) return undefined;
  return {
    host: config.smtpHost,
    port: config.smtpPort,
    isTrusted: true,
    user: config.smtpUser,
    password: config.smtpPassword,
    useTls: config.smtpUseTls,
    allowPlaintext: false,
    ehloName: undefined,
    returnPath: undefined,
    ttl: 300,
    batchSize: undefined,
    maxConnections: undefined,
    onInDoubt: 'resend' as const,
    keepTranscripts: false,
    spreadMs: undefined,
    version: instanceRevision(ctx),
  };
}

/** The revision of each configuration: settings never change while a process runs. */
const revisions = new WeakMap<Config, string>();

/**
 * Changes with the settings, as the revision of an account in the table changes with its row. A breaker that is open
 * until the account is changed therefore closes at the next start with other settings. The encryption key goes into the
 * revision because rows contain it, and the settings must not be guessable from a row.
 */
export function instanceRevision({ config, secrets }: Needs<'config' | 'secrets'>): string {
  const known = revisions.get(config);
  if (known !== undefined) return known;
  const { smtpHost, smtpPort, smtpUser, smtpPassword, smtpUseTls, smtpEhloName } = config;
  const settings = [smtpHost, smtpPort, smtpUser, smtpPassword, smtpUseTls].map((one) => one ?? null);
  if (smtpEhloName !== undefined) settings.push(smtpEhloName);
  const revision = `settings-${secrets.fingerprint(JSON.stringify(settings))}`;
  revisions.set(config, revision);
  return revision;
}
