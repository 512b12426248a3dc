// Keeps credentials out of what is recorded: servers quote the command they refuse, and AUTH carries the password.

/** @param atLogin whether the server says it in reply to AUTH */
export type Hide = (text: string, atLogin?: boolean) => string;

/** Anything shorter may stand in a reply by chance. */
const leastLength = 6;

/**
 * A function that leaves of a text only its reply code where the rest holds the password, or what AUTH sends of it
 * (PLAIN: RFC 4616, LOGIN, CRAM-MD5: RFC 2195), whole or cut off.
 */
export function hideCredentials(user: string | undefined, password: string | undefined): Hide {
  if (user === undefined || password === undefined) return (text) => text;
  const whole = [`\0${user}\0${password}`, password].map((text) => Buffer.from(text).toString('base64'));
  const beginnings = [`\0${user}\0`, `${user} `, password].map(beginInBase64);
  const needles = [password, ...whole, ...beginnings]
    .map((needle) => needle.toLowerCase())
    .filter((needle) => needle.length >= leastLength);
  return (text, atLogin) => {
    const lower = text.toLowerCase();
    const held = needles.some((needle) => lower.includes(needle));
    if (!held && !(atLogin && password !== '' && text.includes(password))) return text;
    const code = /\b[2-5]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}\b)?/.exec(text)?.[0] ?? '';
    return `${code.replace('-', ' ').trimEnd()} (the reply held credentials)`.trimStart();
  };
}

/** The characters of its base64 that do not depend on what follows. */
function beginInBase64(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
}
