// A line on a terminal that turns while a command waits. Ctrl-C stays a signal, which clack's spinner takes for a success.
import { printable } from './print-rows.js';

interface Spinner {
  /** Shows the text, and turns. */
  show(text: string): void;
  /** Removes the line. */
  end(): void;
}

const frames = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇'];
const usualColumns = 80;
const clearLine = '\r\u001b[K';

/** Without a terminal it shows nothing. */
export function openSpinner(stream: NodeJS.WriteStream = process.stderr): Spinner {
  let turn = 0;
  const write = (text: string) => void (stream.isTTY && stream.write(text));
  return {
    show(text) {
      turn += 1;
      const line = `${frames[turn % frames.length]} ${printable(text)}`;
      // A longer line would wrap, and clearing it would leave its beginning.
      write(clearLine + line.slice(0, (stream.columns || usualColumns) - 1));
    },
    end: () => write(clearLine),
  };
}
