// Keeps credentials out of recorded replies: servers quote the command that they refuse, and AUTH carries the password.

/** @param atLogin whether the text is a reply to AUTH */
export type Hide = (text: string, atLogin?: boolean) => string;

/** A shorter text may occur in a reply by chance. */
const leastLength = 6;

/**
 * Returns a function that reduces a text to its reply code if the text holds the password, plain or as AUTH sends it
 * (PLAIN: RFC 4616, LOGIN, CRAM-MD5: RFC 2195), also where the server cut it off.
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

/** The base64 of the text, without the last characters, which depend on the bytes that follow. */
function beginInBase64(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
}
