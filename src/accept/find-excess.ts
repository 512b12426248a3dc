// Rejects a message with more entries than any mail has before it is checked closely, so that no check takes long.

/** How many entries each field that is a list or an object may have. */
const mostEntries = {
  to: 10_000,
  cc: 10_000,
  bcc: 10_000,
  reply_to: 10_000,
  from: 100,
  from_addr: 100,
  headers: 1000,
  attachments: 1000,
};

/** @returns why the message is rejected; undefined when it is not */
export function findExcess(message: Record<string, unknown>): string | undefined {
  for (const [field, bound] of Object.entries(mostEntries)) {
    const value = message[field];
    if (typeof value !== 'object' || value === null) continue;
    const size = Array.isArray(value) ? value.length : Object.keys(value).length;
    if (size > bound) return `${field}: has more than ${bound} entries`;
  }
  return undefined;
}
