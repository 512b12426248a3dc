// Says in a sentence of our own why an account does not work. The server's text is not repeated, because it may hold anything.
import { refusalOf } from '../../dial/guard.js';
import { noMailServer, SmtpFault, unencrypted } from './fault.js';
import { parseReply } from './reply.js';

const noTls = 'The server offers no TLS that can be used';
const unreachable = 'The server cannot be reached';
const ended = 'The server ended the connection';

/** By the code of the system error, or else of nodemailer. */
const sentences: Record<string, string> = {
  EDNS: 'There is no server of that name',
  ENOTFOUND: 'There is no server of that name',
  ECONNREFUSED: 'Nothing listens on that port',
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ECONNRESET: ended,
  ECONNECTION: ended,
  ETIMEDOUT: 'The server does not answer in time',
  ETLS: noTls,
  EPROTO: noTls,
};

/** @param error as `openConnection` throws it */
export function explainFailure(error: unknown): string {
  const { step, blame, reply, code = '' } = error instanceof SmtpFault ? error.facts : {};
  if (blame === 'certificate') return `The certificate of the server does not hold (${code})`;
  if (blame === 'account') {
    return code === unencrypted.code
      ? unencrypted.message
      : 'The account has a user, but the server offers no way to log in that can be used';
  }
  const known = sentences[code] ?? refusalOf(code) ?? noMailServer;
  const replyCode = reply === undefined ? undefined : parseReply(reply)?.code;
  if (replyCode === undefined) return known;
  if (step === 'login') return `The server refuses the user or the password (${replyCode})`;
  return `${code === 'ETLS' ? noTls : 'The server refuses'} (${replyCode})`;
}
