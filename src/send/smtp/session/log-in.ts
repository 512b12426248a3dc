// Logs in with the first mechanism that the server takes: PLAIN (RFC 4616), LOGIN or CRAM-MD5 (RFC 2195).
import { createHmac } from 'node:crypto';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { parseReply } from '../../judge/reply.js';
import { ask } from './ask.js';
import { isReply } from './exact-replies.js';

interface Client {
  _supportedAuth: string[];
}

interface Credentials {
  user: string;
  password: string;
}

/** The lines that answer the server's challenges in turn. `first` leaves with the command itself (RFC 4954 section 4). */
type Mechanism = (credentials: Credentials) => { first?: string; answers: ((challenge: string) => string)[] };

const base64 = (text: string) => Buffer.from(text).toString('base64');

const mechanisms: Record<string, Mechanism> = {
  PLAIN: ({ user, password }) => {
    const first = base64(`\0${user}\0${password}`);
    // A server that overlooks the first line asks for it again.
    return { first, answers: [() => first] };
  },
  LOGIN: ({ user, password }) => ({ answers: [() => base64(user), () => base64(password)] }),
  'CRAM-MD5': ({ user, password }) => ({
    answers: [
      (challenge) => {
        const digest = createHmac('md5', password).update(Buffer.from(challenge, 'base64')).digest('hex');
        return base64(`${user} ${digest}`);
      },
    ],
  }),
};

/** @throws an error with the server's reply in `response`, or without one if the server offers no way to log in */
export async function logIn(connection: SMTPConnection, credentials: Credentials): Promise<void> {
  const smtp = connection as SMTPConnection & Client;
  const offered = Object.keys(mechanisms).filter((name) => smtp._supportedAuth.includes(name));
  // A server may say AUTH without naming a mechanism.
  const names = offered.length > 0 ? offered : ['PLAIN'];
  for (const [n, name] of names.entries()) {
    const reply = await tryMechanism(smtp, name, credentials);
    if (isReply(reply, ['235'])) return;
    if (n === names.length - 1 || !isUnknownMechanism(reply)) {
      throw Object.assign(new Error(`Invalid login: ${reply}`), { code: 'EAUTH', response: reply });
    }
  }
}

/** @returns the reply that ended the exchange */
async function tryMechanism(smtp: SMTPConnection, name: string, credentials: Credentials): Promise<string> {
  const { first, answers } = mechanisms[name]?.(credentials) ?? { answers: [] };
  let reply = await ask(smtp, first === undefined ? `AUTH ${name}` : `AUTH ${name} ${first}`);
  for (const answer of answers) {
    if (!isReply(reply, ['334'])) return reply;
    reply = await ask(smtp, answer(reply.slice(4).trim()));
  }
  return reply;
}

/** RFC 4954 section 6 has 504 and 534 for it, and 538 for one that needs TLS. Servers use other codes too, and say so in their text. */
function isUnknownMechanism(raw: string): boolean {
  const reply = parseReply(raw);
  if (reply === undefined || reply.code < 500) return false;
  const { code, text } = reply;
  if (code === 534) return !/password|browser/i.test(text);
  return [500, 501, 502, 504, 538].includes(code) || (isAboutMechanism.test(text) && isNotTaken.test(text));
}

const isAboutMechanism =
  /mechanism|auth[a-z]* (type|method|scheme|command|plain|login|cram-md5)|plain(text)? auth/i;
const isNotTaken =
  /\bun(recogni[sz]ed|supported|known|available|implemented)|not (supported|available|enabled|recogni[sz]ed|implemented|allowed|known|permitted)|invalid|disabled|disallowed|too weak|no (such )?mechanism/i;
