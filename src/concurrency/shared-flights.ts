// Runs a task once for all who ask for the same at the same time, and closes its result when the last of them has.

interface Closable {
  close(): Promise<void>;
}

/** @returns the result, and whether another caller's task had it */
type SharedFlights<T extends Closable> = (
  key: string,
  task: () => Promise<T>,
) => Promise<{ result: T; isShared: boolean }>;

interface Flight<T> {
  result: Promise<T>;
  /** Callers that have not closed the result yet. */
  users: number;
}

/** All callers get the fault of a task that fails. Those who come after a task has ended begin another one. */
export function openSharedFlights<T extends Closable>(): SharedFlights<T> {
  const flights = new Map<string, Flight<T>>();

  function begin(key: string, task: () => Promise<T>): Flight<T> {
    const result = task().finally(() => flights.delete(key));
    const flight = { result, users: 0 };
    flights.set(key, flight);
    return flight;
  }

  return async (key, task) => {
    const known = flights.get(key);
    const flight = known ?? begin(key, task);
    flight.users += 1;
    const result = await flight.result;
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      flight.users -= 1;
      if (flight.users === 0) await result.close();
    };
    return { result: { ...result, close }, isShared: known !== undefined };
  };
}
