// Tries whether mail could be sent through an account, and sends none.

import type { Needs } from '../../context.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { explainFailure } from '../judge/explain-failure.js';
import { openConnection, quit } from './connection.js';

/** For each of the two steps at most: somebody waits for the answer, and most do so for half a minute. */
const longestStepSeconds = 10;

/** Connects and logs in. @returns why that cannot be done, in a sentence without secrets; undefined when it can */
export async function verifyAccount(
  ctx: Needs<'config' | 'clock'>,
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
    return explainFailure(error);
  }
}
