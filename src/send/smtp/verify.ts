// Tests an account: connects, logs in, and asks whether the server would take a mail, but sends none.
import { isAscii } from 'node:buffer';
import type { Needs } from '../../context.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { explainFailure } from '../judge/explain-failure.js';
import { parseReply } from '../judge/reply.js';
import {
  type Connection,
  type ConnectionNeeds,
  lateFault,
  openConnection,
  quit,
  within,
} from './connection.js';
import { logForeign } from './log-foreign.js';
import { ask } from './session/ask.js';
import { isReply } from './session/exact-replies.js';

/** Connecting and logging in may each take this long, because most HTTP clients wait for an answer for 30 seconds. */
const longestStepSeconds = 10;
const longestSenderMs = 5000;

/**
 * @param usualSender the address that mails of the account leave from; undefined: not known
 * @returns why the account does not work, in a sentence without secrets; undefined when it works
 */
export async function verifyAccount(
  ctx: ConnectionNeeds & Needs<'log'>,
  account: SendingAccount,
  usualSender: string | undefined,
): Promise<string | undefined> {
  const { smtpConnectTimeoutSeconds, smtpReplyTimeoutSeconds } = ctx.config;
  const config = {
    ...ctx.config,
    smtpConnectTimeoutSeconds: Math.min(smtpConnectTimeoutSeconds, longestStepSeconds),
    smtpReplyTimeoutSeconds: Math.min(smtpReplyTimeoutSeconds, longestStepSeconds),
  };
  const sender = usualSender ?? (account.user && isAddress.test(account.user) ? account.user : '');
  try {
    const connection = await openConnection({ ...ctx, config }, account);
    await trySender({ ...ctx, config }, connection, sender);
    quit(ctx, connection);
    return undefined;
  } catch (error) {
    logForeign(ctx, error, { host: account.host, port: account.port });
    return explainFailure(error, sender);
  }
}

const isAddress = /^[^\s<>@]+@[^\s<>@]+$/;

/**
 * Begins a transaction and takes it back.
 * @throws SmtpFault of the step `sender`, with the reply
 */
async function trySender(ctx: ConnectionNeeds, connection: Connection, sender: string): Promise<void> {
  const ms = Math.min(ctx.config.smtpReplyTimeoutSeconds * 1000, longestSenderMs);
  const late = () => lateFault('sender', 'did not answer MAIL FROM', ms);
  await within(ctx, connection, 'sender', { ms, late }, (done) => {
    offer(connection, sender).then(done, done);
  });
}

/** @returns an error with the reply to MAIL, if no mail would be taken */
async function offer({ smtp, takesUtf8 }: Connection, sender: string): Promise<Error | undefined> {
  // A local part beyond ASCII is the sender's affair; whether the account works is asked without it.
  const isPlain = isAscii(Buffer.from(sender));
  const from = isPlain || takesUtf8 ? sender : '';
  const reply = await ask(smtp, `MAIL FROM:<${from}>${isPlain ? '' : takesUtf8 ? ' SMTPUTF8' : ''}`);
  const { code = 0, text = '' } = parseReply(reply) ?? {};
  // A server may refuse the null sender and take every other one.
  const refusesNullSender = from === '' && code >= 500 && code !== 530 && !/auth|log ?in/i.test(text);
  if (!isReply(reply, ['250']) && !refusesNullSender) {
    return Object.assign(new Error(`The server refuses the sender: ${reply}`), { response: reply });
  }
  await ask(smtp, 'RSET');
  return undefined;
}
