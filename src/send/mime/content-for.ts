// Chooses the form of a mail that this session may carry: addresses beyond ASCII in its headers need SMTPUTF8 (RFC 6531).
import { isAscii } from 'node:buffer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SmtpFault } from '../judge/fault.js';
import type { Connection } from '../smtp/connection.js';
import type { Content, Envelope, Rest } from './envelope.js';

interface Carried {
  raw: Buffer;
  rest: Rest | undefined;
  /** As nodemailer's `send`. */
  send: SMTPConnection['send'];
}

/**
 * SMTPUTF8 is asked for where the envelope needs it, or where the mail could not be answered without it. Otherwise the
 * ASCII form leaves, which no server on the way has to refuse.
 * @throws SmtpFault where the mail needs SMTPUTF8 and the server does not offer it
 */
export function contentFor(
  connection: Connection,
  { from, to }: Envelope,
  { raw, utf8, rest }: Content,
): Carried {
  const { smtp, takesUtf8 } = connection;
  const send: Carried['send'] = (envelope, message, done) => smtp.send(envelope, message, done);
  if (utf8 === undefined) return { raw, rest, send };
  const { requiredBy } = utf8;
  if (!takesUtf8) {
    if (requiredBy.length === 0) return { raw, rest, send };
    throw new SmtpFault(
      `The server does not take the address in ${requiredBy.join(' and ')}, which is beyond ASCII (SMTPUTF8, RFC 6531)`,
      { step: 'sender', blame: 'message', recipients: to.map((address) => ({ address })) },
    );
  }
  const asUtf8 = () => Buffer.concat([utf8.head, raw.subarray(utf8.replaces)]);
  if ([from, ...to].some((address) => !isAscii(Buffer.from(address)))) return { raw: asUtf8(), rest, send };
  if (requiredBy.length === 0) return { raw, rest, send };
  return { raw: asUtf8(), rest, send: (...given) => askingForUtf8(smtp, () => send(...given)) };
}

/** nodemailer says SMTPUTF8 only for an envelope beyond ASCII. It writes MAIL FROM before `send` returns. */
function askingForUtf8(smtp: SMTPConnection, send: () => void): void {
  const say: unknown = Reflect.get(smtp, '_sendCommand');
  if (typeof say !== 'function') throw new Error('nodemailer has changed: _sendCommand is not there');
  Reflect.set(smtp, '_sendCommand', (line: string, ...rest: unknown[]) =>
    say.call(smtp, line.startsWith('MAIL FROM:') ? `${line} SMTPUTF8` : line, ...rest),
  );
  try {
    send();
  } finally {
    Reflect.deleteProperty(smtp, '_sendCommand');
  }
}
