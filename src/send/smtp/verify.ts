// Tests an account: connects and logs in, and sends no mail.

import type { Needs } from '../../context.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { explainFailure } from '../judge/explain-failure.js';
import { type ConnectionNeeds, openConnection, quit } from './connection.js';
import { logForeign } from './log-foreign.js';

/** Connecting and logging in may each take this long, because most HTTP clients wait for an answer for 30 seconds. */
const longestStepSeconds = 10;

/** @returns why the account does not work, in a sentence without secrets; undefined when it works */
export async function verifyAccount(
  ctx: ConnectionNeeds & Needs<'log'>,
  account: SendingAccount,
): Promise<string | undefined> {
  const { smtpConnectTimeoutSeconds, smtpReplyTimeoutSeconds } = ctx.config;
  const config = {
    ...ctx.config,
    smtpConnectTimeoutSeconds: Math.min(smtpConnectTimeoutSeconds, longestStepSeconds),
    smtpReplyTimeoutSeconds: Math.min(smtpReplyTimeoutSeconds, longestStepSeconds),
  };
  try {
    quit(ctx, await openConnection({ ...ctx, config }, account));
    return undefined;
  } catch (error) {
    logForeign(ctx, error, { host: account.host, port: account.port });
    return explainFailure(error);
  }
}
