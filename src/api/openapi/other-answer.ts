// An answer of a handler with another status than 200.

/**
 * A class and not a plain object, so that an answer with a field `status` is never taken for it. The type of `status` is
 * literal, so that the compiler compares it with the declaration.
 */
export class OtherAnswer<S extends number, T> {
  constructor(
    readonly status: S,
    readonly body: T,
  ) {}
}

/** @param status one that the route declares in `alsoAnswers`, or in `refusals` with a schema */
export function answerWith<S extends number, T>(status: S, body: T): OtherAnswer<S, T> {
  return new OtherAnswer(status, body);
}
