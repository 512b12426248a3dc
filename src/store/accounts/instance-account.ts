// The instance's default SMTP account, which stands in the settings instead of a table.
import type { Config } from '../../config.js';
import type { Needs } from '../context.js';

/** GMP_SMTP_HOST and its companions, for tenants without an account; undefined when they are not set. */
export function instanceAccount(ctx: Needs<'config' | 'secrets'>) {
  const { config } = ctx;
  if (config.smtpHost === undefined) return undefined;
  return {
    host: config.smtpHost,
    port: config.smtpPort,
    user: config.smtpUser,
    password: config.smtpPassword,
    useTls: config.smtpUseTls,
    ttl: 300,
    batchSize: undefined,
    onInDoubt: 'resend' as const,
    spreadMs: undefined,
    version: instanceRevision(ctx),
  };
}

/** Of settings, which never change while a process runs. */
const revisions = new WeakMap<Config, string>();

/**
 * Stands for the revision of an account: another when a setting is, so that a changed one ends at the next start what
 * was to last until it is changed. Made with the key, for it stands in rows and none of the settings may be guessed
 * from it.
 */
export function instanceRevision({ config, secrets }: Needs<'config' | 'secrets'>): string {
  const known = revisions.get(config);
  if (known !== undefined) return known;
  const { smtpHost, smtpPort, smtpUser, smtpPassword, smtpUseTls } = config;
  const settings = [smtpHost, smtpPort, smtpUser, smtpPassword, smtpUseTls].map((one) => one ?? null);
  const revision = `settings-${secrets.fingerprint(JSON.stringify(settings))}`;
  revisions.set(config, revision);
  return revision;
}
