// What an enhanced status code says by itself (RFC 3463, the IANA registry, and what the large providers publish).
import type { BounceReason } from './reason.js';

/**
 * Codes that say more than the words beside them, so they decide first. Without the class, because 4.7.26 and 5.7.26 mean
 * the same.
 */
export const tellingStatuses: Record<string, BounceReason> = {
  '7.20': 'auth_failure', // RFC 7372: no passing DKIM signature
  '7.21': 'auth_failure',
  '7.22': 'auth_failure',
  '7.23': 'auth_failure', // RFC 7372: SPF
  '7.24': 'auth_failure',
  '7.25': 'blocked', // RFC 7372: reverse DNS
  '7.26': 'auth_failure', // RFC 7372: several checks; Gmail: SPF and DKIM
  '7.27': 'auth_failure', // Gmail: SPF
  '7.28': 'rate_limited', // Gmail: unusual rate of unsolicited mail
  '7.29': 'auth_failure', // RFC 8617: ARC; Gmail: TLS required of bulk senders
  '7.30': 'auth_failure', // Gmail: DKIM
  '7.32': 'auth_failure', // Gmail: From is not aligned
  '7.40': 'auth_failure', // Gmail: DMARC record missing
  '7.509': 'auth_failure', // Microsoft: DMARC
  '7.515': 'auth_failure', // Microsoft: bulk senders must pass SPF, DKIM and DMARC
  '7.511': 'blocked', // Microsoft: banned sender
  '7.705': 'blocked', // Microsoft: tenant over its threshold
  '7.708': 'blocked', // Microsoft: IP address of a new tenant
  '7.750': 'blocked',
  '2.2': 'mailbox_full',
  '4.310': 'host_unknown', // Microsoft: the domain does not exist
  '4.312': 'host_unknown', // Microsoft: DNS query failed
};

/** What a status means where neither the words nor a telling code decide; asked for `1.1` first, then for `1`. */
export const plainStatuses: Record<string, BounceReason> = {
  '1.0': 'user_unknown',
  '1.1': 'user_unknown',
  '1.2': 'host_unknown',
  '1.3': 'user_unknown',
  '1.4': 'user_unknown',
  '1.6': 'user_unknown',
  '1.7': 'policy',
  '1.10': 'user_unknown', // Microsoft; RFC 7505 uses it for a null MX, which the words tell
  '1.8': 'policy',
  '1.9': 'other',
  '2.3': 'too_big',
  '3.4': 'too_big',
  '4.1': 'expired',
  '4.2': 'expired',
  '4.4': 'host_unknown',
  '4.5': 'rate_limited',
  '4.6': 'other',
  '4.7': 'expired',
  '5.3': 'rate_limited',
  '6': 'content',
  '7': 'policy',
};
