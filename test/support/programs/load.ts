// Hands in messages without a pause, while something else happens, and keeps how every call was answered.

import { mails } from '../stage/mail.js';
import type { Tenant } from '../stage/tenant.js';
import type { ApiAnswer, Service } from './service.js';

export interface Call extends ApiAnswer<Record<string, unknown>> {
  ids: string[];
  tookMs: number;
}

export interface Load {
  readonly calls: Call[];
  /** Calls that got no answer at all. */
  readonly unanswered: unknown[];
  /** The ids of messages that were answered as queued. */
  queued(): string[];
  /** Resolves when the calls under way are answered. */
  stop(): Promise<void>;
}

/** @param clients how many call at the same time; each hands in five messages a call */
export function putLoad(service: Service, tenant: Tenant, clients: number): Load {
  const calls: Call[] = [];
  const unanswered: unknown[] = [];
  let stopped = false;
  const client = async (name: number) => {
    for (let n = 1; !stopped; n++) {
      const messages = mails(`l${name}-${n}`, 5);
      const began = performance.now();
      try {
        const answer = await tenant.post(service, messages, { timeoutMs: 60_000 });
        calls.push({ ...answer, ids: messages.map(({ id }) => id), tookMs: performance.now() - began });
      } catch (fault) {
        unanswered.push(fault);
      }
      // What is refused at once must not become a storm.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, i) => client(i + 1)));
  return {
    calls,
    unanswered,
    queued: () => calls.flatMap(({ status, ids }) => (status === 200 ? ids : [])),
    async stop() {
      stopped = true;
      await running;
    },
  };
}
