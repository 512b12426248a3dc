// Keeps the first and the last lines of a text that may be of any length, within a number of bytes.

interface BoundedLines {
  add(line: string): void;
  /** In order, with a remark where lines were left out. */
  read(): string[];
}

/** The beginning says how the conversation came about, and the end how it went, so both get their share. */
const shareOfBeginning = 0.6;

export function boundedLines(mostBytes: number): BoundedLines {
  const beginning: string[] = [];
  const end: string[] = [];
  let roomAtBeginning = mostBytes * shareOfBeginning;
  let roomAtEnd = mostBytes - roomAtBeginning;
  let isBeginning = true;
  let leftOut = 0;
  return {
    add(line) {
      const bytes = sizeOf(line);
      isBeginning &&= bytes <= roomAtBeginning;
      if (isBeginning) {
        beginning.push(line);
        roomAtBeginning -= bytes;
        return;
      }
      end.push(line);
      roomAtEnd -= bytes;
      while (roomAtEnd < 0) {
        roomAtEnd += sizeOf(end.shift() ?? '');
        leftOut += 1;
      }
    },
    read: () => [...beginning, ...(leftOut > 0 ? [`#: ${leftOut} lines left out`] : []), ...end],
  };
}

/** With the end of the line. */
function sizeOf(line: string): number {
  return Buffer.byteLength(line) + 1;
}
