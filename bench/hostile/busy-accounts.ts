// A tenant with 10,000 accounts hands in a message for each at once, while a neighbour hands in one after the other.
import { addAccount } from '../../test/support/stage/tenant.js';
import { askEverySoOften } from '../neighbour.js';
import type { Counts } from '../rounds.js';
import { each, pause, redisLoad } from '../stage.js';
import { startFarSide } from '../start-far-side.js';
import type { Attack, Target } from './attack.js';

const accounts = 10_000;
const eachCall = 500;
const longestMs = 300_000;

export const busyAccounts: Attack = {
  name: '10,000 accounts of one tenant with a message each',
  async run(target) {
    const far = await startFarSide();
    try {
      const token = await target.tenant('crowd');
      const server = { host: '127.0.0.1', port: far.smtpPort };
      await each(accounts, 20, (i) => addAccount(target, 'crowd', `a-${i}`, server));
      const neighbour = await askEverySoOften(target.stage, target);
      const began = performance.now();
      for (let at = 0; at < accounts; at += eachCall) await handIn(target, token, at);
      let connections = 0;
      for (let delivered = 0; delivered < accounts; ) {
        if (performance.now() - began > longestMs)
          throw new Error(`only ${delivered} of ${accounts} arrived`);
        await pause(200);
        connections = Math.max(connections, (await redisLoad(target.stage.redis.url)).connections);
        ({ delivered } = await far.ask<Counts>('counts'));
      }
      const seconds = Math.round((performance.now() - began) / 1000);
      const waited = JSON.stringify(await neighbour.end());
      return `all arrived after ${seconds} s, ${connections} connections to Redis; the neighbour's, from POST to delivery: ${waited}`;
    } finally {
      far.end();
    }
  },
};

async function handIn(target: Target, token: string, from: number): Promise<void> {
  const messages = Array.from({ length: eachCall }, (_, i) => ({
    id: `m-${from + i}`,
    account_id: `a-${from + i}`,
    from: 'a@example.com',
    to: 'b@example.org',
    subject: `Message ${from + i}`,
    body: `${'x'.repeat(76)}\r\n`.repeat(26),
  }));
  const { status, body } = await target.api('POST', '/commands/add-messages', { messages }, { token });
  if (status !== 200) throw new Error(`messages were answered ${status}: ${JSON.stringify(body)}`);
}
