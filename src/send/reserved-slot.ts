// Reserves a part of the send slots for immediate messages, because at slow servers all others are long in use.

/** Below 10 slots, reserving one would slow down all other messages noticeably. */
const reservesFrom = 10;

/** How many of the slots only immediate messages get: one in twenty, at least one, and none of fewer than ten. */
export function reservedSlots(slots: number): number {
  return slots < reservesFrom ? 0 : Math.max(1, Math.floor(slots / 20));
}
