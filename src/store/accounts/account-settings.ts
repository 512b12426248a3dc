// The settings of an account that callers may change, and what stands where they say nothing.
import type { LimitSettings } from './admin-limits.js';
import { clearedMailbox, type MailboxSettings } from './mailbox-settings.js';

/** Settings of an account. Null clears a setting or restores its default; undefined leaves it alone. */
export interface AccountSettings extends LimitSettings, MailboxSettings {
  host?: string | undefined;
  port?: number | undefined;
  user?: string | null | undefined;
  /** `***`, as clients are shown it, leaves the password as it is. */
  password?: string | null | undefined;
  use_tls?: boolean | null | undefined;
  allow_plaintext?: boolean | null | undefined;
  ehlo_name?: string | null | undefined;
  /** Perhaps with %verp%. */
  return_path?: string | null | undefined;
  ttl?: number | null | undefined;
  limit_behavior?: 'defer' | 'reject' | null | undefined;
  spread?: boolean | null | undefined;
  batch_size?: number | null | undefined;
  max_connections?: number | null | undefined;
  on_in_doubt?: 'resend' | 'hold' | null | undefined;
  keep_transcripts?: boolean | null | undefined;
}

export const defaults = {
  ttl: 300,
  limitBehavior: 'defer',
  spread: false,
  allowPlaintext: false,
  onInDoubt: 'resend',
  keepTranscripts: false,
};

/** What replacing puts in place of settings that are left out. */
export const cleared: AccountSettings = {
  user: null,
  password: null,
  use_tls: null,
  allow_plaintext: null,
  ehlo_name: null,
  return_path: null,
  ttl: null,
  limit_per_minute: null,
  limit_per_hour: null,
  limit_per_day: null,
  limit_behavior: null,
  spread: null,
  batch_size: null,
  max_connections: null,
  on_in_doubt: null,
  keep_transcripts: null,
  ...clearedMailbox,
};
