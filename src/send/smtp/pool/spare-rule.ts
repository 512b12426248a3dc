// Says when a connection is opened ahead for the slot that is reserved for immediate messages.
import type { Needs } from '../../../context.js';
import { reservedSlots } from '../../reserved-slot.js';

export interface SpareRule {
  /** The server has refused a connection: none is opened ahead for a while. */
  hold(): void;
  /**
   * @param inUse how many connections carry a mail
   * @param free how many are idle or being opened
   */
  isDue(inUse: number, free: number): boolean;
}

/** No spare connection is opened for so long after the server refused one. */
const holdMs = 60_000;

export function openSpareRule({ config, clock }: Needs<'config' | 'clock'>): SpareRule {
  const { maxConcurrentPerAccount } = config;
  /** With this many in use, another is opened ahead. */
  const spareFrom = maxConcurrentPerAccount - reservedSlots(maxConcurrentPerAccount);
  /** Milliseconds since the epoch. */
  let heldUntil = 0;
  return {
    hold() {
      heldUntil = clock.now() + holdMs;
    },
    isDue(inUse, free) {
      const isLastUnreserved = spareFrom < maxConcurrentPerAccount && inUse === spareFrom;
      return isLastUnreserved && free === 0 && clock.now() >= heldUntil;
    },
  };
}
