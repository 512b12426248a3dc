// The seconds after which a refused call is worth another try, as the header Retry-After tells them.

export const retryAfterSeconds = {
  /** The database or Redis does not answer, or the service has too much to do. */
  unavailable: '5',
  /** The process is not ready yet. */
  starting: '1',
  /** The tenant has too many calls at once. */
  callsAtOnce: '1',
  /** A quota of messages that are not sent yet is free again as they leave. */
  unsentMessages: '60',
} as const;
