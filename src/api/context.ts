// What the functions of the HTTP API may need. Types only.
import type { Offload } from '../offload/open-offload.js';
import type { QueueContext } from '../queue/context.js';
import type { SendingAccount } from '../store/accounts/sending-accounts.js';
import type { CommandLog } from '../store/instance/command-log.js';
import type { TokenUse } from '../store/tenants/token-use.js';

export interface ApiContext extends QueueContext {
  tokenUse: TokenUse;
  commandLog: CommandLog;
  offload: Offload;
  /**
   * Connects, logs in and asks whether the server takes mail from the sender, without sending any.
   * @returns why this fails, in a sentence; undefined when it works
   */
  verifyAccount(account: SendingAccount, usualSender?: string | undefined): Promise<string | undefined>;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'tokenUse'>`. */
export type Needs<K extends keyof ApiContext> = Pick<ApiContext, K>;
