// Tells who adds an account whether its provider keeps a signed envelope sender, and how to set one.
import { findVerpFault, hasVerp } from '../domain/bounce/verp-address.js';
import type { MailProvider } from '../domain/mail-providers.js';

/**
 * @param user whom the account logs in as; with most providers this is an address
 * @param returnPath the envelope sender that was asked for
 * @returns undefined where there is nothing to say
 */
export function adviseOnSender(
  { label, verp }: Pick<MailProvider, 'label' | 'verp'>,
  user: string,
  returnPath: string | undefined,
): string | undefined {
  const isSigned = returnPath !== undefined && hasVerp(returnPath);
  if (verp === 'no') {
    const instead = 'bounces find their message by its ids';
    return isSigned
      ? `${label}: keeps no signed envelope sender. Leave out --return-path; ${instead}`
      : `${label}: keeps no signed envelope sender; ${instead}`;
  }
  const own = signedFor(user);
  if (isSigned) {
    const mayBeKept = verp === 'yes' || own === undefined || returnPath.toLowerCase() === own.toLowerCase();
    return mayBeKept ? undefined : `${label}: keeps signed envelope senders of the own address alone: ${own}`;
  }
  if (returnPath !== undefined) return undefined;
  if (verp === 'yes') {
    return `${label}: keeps signed envelope senders, which prove bounces: --return-path bounces+%verp%@your.domain`;
  }
  return own && `${label}: keeps signed envelope senders, which prove bounces: --return-path ${own}`;
}

/** Undefined where the user is no address, or too long a one for a token. */
function signedFor(user: string): string | undefined {
  const [, local, domain] = /^([^@+]+)(?:\+[^@]*)?@([^@]+)$/.exec(user) ?? [];
  if (local === undefined || domain === undefined) return undefined;
  const address = `${local}+%verp%@${domain}`;
  return findVerpFault(address) === undefined ? address : undefined;
}
