// Names what in a message is more than any mail has, before it is looked at closely: so that no message takes long.

/** Fields that are lists or objects, and how many entries each may have. */
const most = {
  to: 10_000,
  cc: 10_000,
  bcc: 10_000,
  reply_to: 10_000,
  from: 100,
  from_addr: 100,
  headers: 1000,
  attachments: 1000,
};

/** @returns the reason, or undefined when there is none */
export function findExcess(message: Record<string, unknown>): string | undefined {
  for (const [field, bound] of Object.entries(most)) {
    const value = message[field];
    if (typeof value !== 'object' || value === null) continue;
    const size = Array.isArray(value) ? value.length : Object.keys(value).length;
    if (size > bound) return `${field}: has more than ${bound} entries`;
  }
  return undefined;
}
