// Faults with stable codes. Each edge (HTTP, command line) maps the codes in one place.

export type FaultCode =
  | 'bad_settings'
  | 'redis_unavailable'
  | 'database_unavailable'
  | 'database_not_ours'
  | 'database_newer'
  | 'database_older'
  | 'port_in_use'
  | 'already_running'
  | 'wrong_encryption_key'
  | 'bad_request'
  | 'not_found'
  | 'unauthenticated'
  | 'forbidden'
  | 'too_large'
  | 'too_slow'
  | 'conflict'
  | 'too_many_requests'
  | 'busy';

/** A fault whose message may be shown to the caller who caused it: one sentence, without secrets. */
export class Fault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
  }
}

/** Whether the thrown value is a fault of this code. */
export function isFault(error: unknown, code: FaultCode): error is Fault {
  return error instanceof Fault && error.code === code;
}

/** The message of a thrown value, for a log line or for the cause named in a fault. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
