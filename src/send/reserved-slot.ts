// Reserves one of an account's send slots for immediate messages, because at a slow server all others are long in use.

/** Below 10 slots, reserving one would slow down all other messages noticeably. */
const reservesFrom = 10;

/** How many of the account's slots messages that are not immediate may use. */
export function unreservedSlots(atMost: number): number {
  return atMost < reservesFrom ? atMost : atMost - 1;
}
