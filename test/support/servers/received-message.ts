// What the SMTP sink keeps of one message: envelope, bytes, session, and how it was answered.

export interface SmtpReply {
  code: number;
  message: string;
}

/** undefined: accept; 'drop': cut the connection without a reply; 'hang': never reply. */
export type SmtpAnswer = SmtpReply | 'drop' | 'hang' | undefined;

export interface SinkSession {
  /** One per connection. */
  id: string;
  user?: string;
  secure: boolean;
  /** What the client called itself in its last EHLO. */
  clientName?: string;
  /** The name the client asked for (SNI); absent for an IP address. */
  tlsServername?: string;
}

export interface ReceivedMessage {
  /** Unix time in ms of the final reply; of the cut with 'drop', of the last byte with 'hang'. */
  receivedAt: number;
  /** Absent while the answer is still open. */
  answer?: 'accepted' | Exclude<SmtpAnswer, undefined>;
  /** Envelope sender, '' for the null sender. */
  mailFrom: string;
  /** Envelope recipients that were accepted. */
  rcptTo: string[];
  /** The message as it was before dot-stuffing. */
  raw: Buffer;
  /** X-Genro-Mail-ID */
  id?: string;
  session: SinkSession;
  /** First header field of that name, unfolded, not decoded. */
  header(name: string): string | undefined;
  /** Every header field of that name. */
  headers(name: string): string[];
}

export type Envelope = Pick<ReceivedMessage, 'mailFrom' | 'rcptTo' | 'session'>;

export function receivedMessage(envelope: Envelope, raw: Buffer): ReceivedMessage {
  let fields: [name: string, value: string][] | undefined;
  const headers = (name: string) => {
    fields ??= headerFields(raw);
    return fields.filter(([field]) => field === name.toLowerCase()).map(([, value]) => value);
  };
  const id = headers('X-Genro-Mail-ID')[0];
  return {
    receivedAt: Date.now(),

    ...envelope,
    raw,
    ...(id === undefined ? {} : { id }),
    header: (name) => headers(name)[0],
    headers,
  };
}

function headerFields(raw: Buffer): [string, string][] {
  const end = raw.indexOf('\r\n\r\n');
  const text = raw.toString('utf8', 0, end < 0 ? raw.length : end);
  return text
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    });
}
