// How the priority of a message becomes the priority of its job in BullMQ. In both, the lower number goes first.
import { priorities } from '../domain/priority.js';

/** BullMQ keeps jobs of priority 0 in a plain list, which loses the order of jobs that are put back. So ours begin at 1. */
export const bullPriority = (priority: number) => priority + 1;

/** Priority of the jobs whose messages overtake all others. */
export const immediatePriority = bullPriority(priorities.immediate);
