// How processes tell each other about send queues over a channel of Redis. A process that misses a message finds the work
// by itself, later.
import type { Redis } from 'ioredis';
import { nextTurn } from '../concurrency/next-turn.js';
import type { StoreContext } from '../store/context.js';

/** `work`: there are jobs. `urgent`: there are jobs of immediate messages. `resumed`: the reason for a pause may be gone. */
export type WakeReason = 'work' | 'urgent' | 'resumed';

type WakeListener = (queueNames: string[], reason: WakeReason) => void;

export interface WakeChannel {
  /**
   * Tells the listener of this process at once, and those of all others over Redis.
   * @throws the error of Redis
   */
  publish(queueNames: string[], reason: WakeReason): Promise<void>;
  /**
   * @param onReconnect is called when the connection is back: messages may have been missed meanwhile
   * @returns a function that ends it
   */
  listen(listener: WakeListener, onReconnect: () => void): Promise<() => void>;
}

type ChannelNeeds = Pick<StoreContext, 'config' | 'log' | 'processId'> & { redis: Redis };

/** Stands before the names of the queues. */
const prefixes: Record<WakeReason, string> = { work: '', urgent: '^', resumed: '!' };

/** No name of a queue has one: ids of tenants are identifiers, and those of accounts are encoded. Nor has the id of a process. */
const separator = ' ';

/** Names in one message: some 40 KB, which a process takes in a few milliseconds. */
const mostNames = 1000;

/**
 * A process does not wait for its own messages to come back from Redis: in a busy process, each way takes two turns of the
 * event loop. Commands that it gave before reach Redis before those that its listener gives.
 */
export function openWakeChannel({ config, log, processId, redis }: ChannelNeeds): WakeChannel {
  const channel = `${config.redisPrefix}:wake`;
  let tell: WakeListener = () => {};

  return {
    async publish(queueNames, reason) {
      const published: Promise<number>[] = [];
      for (let at = 0; at < queueNames.length; at += mostNames) {
        if (at > 0) await nextTurn();
        const names = queueNames.slice(at, at + mostNames);
        published.push(redis.publish(channel, formatWake(processId, names, reason)));
        tell(names, reason);
      }
      await Promise.all(published);
    },
    async listen(listener, onReconnect) {
      const connection = redis.duplicate();
      connection.on('error', (error) =>
        log.debug({ event: 'redis.listener_fault', err: error }, 'The wake channel met a fault'),
      );
      connection.on('message', (_channel, message: string) => {
        const { from, queueNames, reason } = parseWake(message);
        if (from !== processId) listener(queueNames, reason);
      });
      await connection.subscribe(channel);
      connection.on('ready', onReconnect);
      tell = listener;
      return () => {
        tell = () => {};
        connection.disconnect();
      };
    },
  };
}

function formatWake(from: string, names: string[], reason: WakeReason): string {
  return prefixes[reason] + [from, ...names].join(separator);
}

function parseWake(message: string): { from: string; queueNames: string[]; reason: WakeReason } {
  const reason: WakeReason = message.startsWith(prefixes.urgent)
    ? 'urgent'
    : message.startsWith(prefixes.resumed)
      ? 'resumed'
      : 'work';
  const [from = '', ...queueNames] = message.slice(prefixes[reason].length).split(separator);
  return { from, queueNames, reason };
}
