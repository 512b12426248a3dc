// An answer of a handler with another status than 200.

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
