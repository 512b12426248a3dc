// Says in a sentence of our own why an account does not work. The server's text is not repeated, because it may hold anything.
import { refusalOf } from '../../dial/guard.js';
import { explainTls } from './explain-tls.js';
import { noGreeting, noMailServer, SmtpFault, unencrypted } from './fault.js';
import { parseReply } from './reply.js';

const noTls = 'The server offers no TLS that can be used';
const noName = 'The host name does not exist';
const unreachable = 'The server cannot be reached';
const ended = 'The server ended the connection';

/** By the code of the system error, or else of nodemailer. */
const sentences: Record<string, string> = {
  EDNS: noName,
  ENOTFOUND: noName,
  ECONNREFUSED: 'Nothing listens on that port',
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ECONNRESET: ended,
  ECONNECTION: ended,
  ETIMEDOUT: 'The server does not answer in time',
  [noGreeting]:
    'The server does not answer in time: it sends no greeting, as servers do that expect TLS from the first byte',
  ETLS: noTls,
  EPROTO: noTls,
};

/** The error of a delivery that met no reply: the sentence, and what the system said. */
export function describeNetworkFault({ message, facts }: SmtpFault): string {
  const { blame, reply, code = '' } = facts;
  const isTls = sentences[code] === noTls;
  if (code === 'ETLS' && reply !== undefined) return `${noTls}: ${reply}`;
  const sentence = blame === 'network' && reply === undefined && !isTls ? sentences[code] : undefined;
  return sentence === undefined || message.includes(sentence) ? message : `${sentence}: ${message}`;
}

/**
 * @param error as `openConnection` or `trySender` throws it
 * @param sender what the server was asked to take mail from; empty: the null sender
 */
export function explainFailure(error: unknown, sender: string): string {
  const { step, blame, reply, code = '' } = error instanceof SmtpFault ? error.facts : {};
  if (blame === 'account') {
    return code === unencrypted.code
      ? unencrypted.message
      : 'The account has a user, but the server offers no way to log in that can be used';
  }
  const known = explainTls(code) ?? sentences[code] ?? refusalOf(code) ?? noMailServer;
  const replyCode = reply === undefined ? undefined : parseReply(reply)?.code;
  if (replyCode === undefined) return known;
  if (step === 'sender') return explainSender(replyCode, sender);
  if (step === 'login' && replyCode < 500) return `The server takes no login at present (${replyCode})`;
  if (step === 'login') return `The server refuses the user or the password (${replyCode})`;
  return `${code === 'ETLS' ? noTls : 'The server refuses'} (${replyCode})`;
}

function explainSender(code: number, sender: string): string {
  if (code === 530) return 'The server takes no mail without a login (530)';
  if (code < 500) return `The server takes no mail at present (${code})`;
  return `The server refuses mail from ${sender === '' ? 'this account' : sender} (${code})`;
}
