// Of the sends that an account may have at once one is kept for immediate messages: where a server is slow, all others
// end late.

/** Where an account may have fewer at once, one that waits would cost the others too much. */
const keepsOneFrom = 10;

/** How many sends an account may have at once for messages that are not immediate. */
export function usualSends(atMost: number): number {
  return atMost < keepsOneFrom ? atMost : atMost - 1;
}
