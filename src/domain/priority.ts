// The priorities of messages: the lower the number, the sooner a message leaves (in BullMQ: queue/job-priority.ts).

export const priorities = { immediate: 0, high: 1, medium: 2, low: 3 } as const;
