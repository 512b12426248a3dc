// Parses a server's reply: code, enhanced status code and text (RFC 5321 section 4.2, RFC 2034 section 4).

export interface SmtpReply {
  /** 200 to 599. */
  code: number;
  /** As 5.1.1 (RFC 3463), where the server gives one. */
  enhanced: string | undefined;
  /** All lines in one, without their codes; bounded. */
  text: string;
}

/** More of a reply is not read: codes and reasons come first, and a server may send megabytes. */
const mostCharacters = 2000;

/** Undefined if the text does not begin with a reply code from 200 to 599. */
export function parseReply(raw: string): SmtpReply | undefined {
  const lines = raw.slice(0, mostCharacters).split(/\r?\n/);
  const code = /^([2-5]\d\d)(?!\d)/.exec(lines[0] ?? '')?.[1];
  if (code === undefined) return undefined;
  let enhanced: string | undefined;
  const texts = lines.map((line) => {
    const [, status, text] =
      /^(?:\d{3}[ -]?)?(?:#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?(.*)$/.exec(line) ?? [];
    enhanced ??= status;
    return (text ?? '').trim();
  });
  return { code: Number(code), enhanced, text: texts.join(' ') };
}

/** One bounded line for the database and the report: replies may have many lines, and characters that PostgreSQL refuses. */
export function oneLine(text: string): string {
  return text.slice(0, 1000).replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ');
}
