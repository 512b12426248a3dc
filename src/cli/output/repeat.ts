// Shows something once, or anew every two seconds until Ctrl-C.
import { systemClock } from '../../clock.js';

const everyMs = 2000;
/** Cursor to the upper left corner, and the screen below it empty. */
const clear = '\u001b[H\u001b[2J';

export async function repeat<T>(isWatching: boolean, show: () => Promise<T>): Promise<T> {
  if (!isWatching) return show();
  for (;;) {
    if (process.stdout.isTTY === true) process.stdout.write(clear);
    await show();
    await systemClock.sleep(everyMs);
  }
}
