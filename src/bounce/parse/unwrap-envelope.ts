// Undoes what servers do to envelope senders: BATV, SRS, and VERP, which names the recipient.
import type { EnvelopeClue } from './reading.js';

/** BATV as `prvs=tag=local@domain`, in its older form `prvs=local/tag@domain`, and Barracuda's `btv1==tag==local@domain`. */
const batv = /^(?:prvs=[0-9a-z]{6,16}=|btv1==[^=@]{1,32}==)([^@]+@.+)$/i;
const oldBatv = /^prvs=([^@/]+)\/[0-9a-z]{6,16}(@.+)$/i;
/** SRS0=hash=timestamp=domain=local@forwarder; the first separator may be `+` or `-`. */
const srs0 = /^srs0[=+-][^=@]{1,32}=[^=@]{1,8}=([^=@]+)=([^@]+)@/i;
/** SRS1=hash=first forwarder=(separator)hash=timestamp=domain=local@last forwarder. */
const srs1 = /^srs1[=+-][^=@]{1,32}=[^=@]+=[=+-][^=@]{1,32}=[^=@]{1,8}=([^=@]+)=([^@]+)@/i;
const verp = /^[^@]*?[+-](?:[^@]*[+-])?([^@+=]+)=((?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]+)@/u;
const mostWraps = 5;

export function unwrapEnvelope(address: string): EnvelopeClue {
  const unwrapped = unwrapSender(address);
  const [, local, domain] = verp.exec(unwrapped) ?? [];
  return {
    address,
    unwrapped,
    ...(local !== undefined && domain !== undefined && { verpRecipient: `${local}@${domain}` }),
  };
}

/** A forwarder may have wrapped what another one had wrapped before. */
export function unwrapSender(address: string): string {
  let current = address.slice(0, 1000);
  for (let times = 0; times < mostWraps; times++) {
    const next = unwrapOnce(current);
    if (next === undefined) break;
    current = next;
  }
  return current;
}

function unwrapOnce(address: string): string | undefined {
  const forwarded = srs1.exec(address) ?? srs0.exec(address);
  if (forwarded) return `${forwarded[2]}@${forwarded[1]}`;
  const old = oldBatv.exec(address);
  return old ? `${old[1]}${old[2]}` : batv.exec(address)?.[1];
}
