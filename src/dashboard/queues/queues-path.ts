// Where Bull Board stands.
export const queuesPath = '/dashboard/queues';
