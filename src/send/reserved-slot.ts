// Of the sends that an account may have at once one is kept for immediate messages: where a server is slow, all others
// end late.

/** Where an account may have fewer at once, one that waits would cost the others too much. */
const reservesFrom = 10;

/** How many sends an account may have at once for messages that are not immediate. */
export function unreservedSlots(atMost: number): number {
  return atMost < reservesFrom ? atMost : atMost - 1;
}
