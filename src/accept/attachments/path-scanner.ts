// Finds the strings of JSON at one path while the text arrives, without parsing what stands elsewhere.

/** A piece of the text; the pieces together are the text. */
interface Piece {
  bytes: Buffer;
  /** Whether it belongs to a string at the path; the quotation marks do not. */
  isText: boolean;
  /** Whether that string ends here. */
  isEnd: boolean;
}

const [quote, backslash, colon, comma, openBracket, closeBracket, openBrace, closeBrace] = [
  ...'"\\:,[]{}',
].map((char) => char.charCodeAt(0));

/**
 * @param path names of fields: each but the last holds a list of objects, and the first is one of the whole text
 * @returns is called with each chunk. A text that is not JSON gives pieces all the same.
 */
export function openPathScanner(path: string[]): (chunk: Buffer) => Generator<Piece> {
  const levels = openLevels(path);
  const longestKey = Math.max(...path.map((name) => name.length));
  let string: 'key' | 'found' | 'other' | undefined;
  let key = '';
  let isEscaped = false;

  /** The part of a string that stands in the chunk. @returns where it ends */
  function passString(chunk: Buffer, from: number): number {
    const found = endOfString(chunk, from, isEscaped);
    isEscaped = found.isEscaped;
    if (string === 'key' && key.length <= longestKey)
      key += chunk.toString('latin1', from, Math.min(found.end, from + longestKey + 1));
    if (found.end < chunk.length) {
      if (string === 'key') levels.setKey(key);
      string = undefined;
      key = '';
    }
    return found.end;
  }

  return function* scan(chunk) {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (string === undefined) {
        const mark = chunk[at];
        if (mark !== quote) levels.passMark(mark);
        else string = levels.kindOfString();
        continue;
      }
      const isText = string === 'found';
      if (isText && at > from) yield { bytes: chunk.subarray(from, at), isText: false, isEnd: false };
      const end = passString(chunk, at);
      if (isText) {
        yield { bytes: chunk.subarray(at, end), isText, isEnd: end < chunk.length };
        from = end;
      }
      at = end;
    }
    if (from < chunk.length) yield { bytes: chunk.subarray(from), isText: false, isEnd: false };
  };
}

/** An object or a list that is open. */
interface Level {
  isObject: boolean;
  /** The field that is open in an object, as it is written. */
  key: string;
  isKeyNext: boolean;
}

/** Where in the text the scanner is. What is deeper than the path is only counted. */
function openLevels(path: string[]) {
  const levels: Level[] = [];
  const deepest = 2 * path.length - 1;
  let depth = 0;
  const top = () => (depth <= deepest ? levels[depth - 1] : undefined);
  const isOnPath = ({ isObject, key }: Level, n: number) =>
    n % 2 === 0 ? isObject && key === path[n / 2] : !isObject;
  return {
    kindOfString(): 'key' | 'found' | 'other' {
      if (top()?.isKeyNext) return 'key';
      return depth === deepest && levels.every(isOnPath) ? 'found' : 'other';
    },
    setKey(key: string): void {
      const level = top();
      if (level !== undefined) level.key = key;
    },
    passMark(mark: number | undefined): void {
      const level = top();
      if (mark === openBrace || mark === openBracket) {
        depth += 1;
        const isObject = mark === openBrace;
        if (depth <= deepest) levels.push({ isObject, key: '', isKeyNext: isObject });
      } else if (mark === closeBrace || mark === closeBracket) {
        if (depth <= deepest) levels.pop();
        depth = Math.max(0, depth - 1);
      } else if (level?.isObject && mark === comma) level.isKeyNext = true;
      else if (level?.isObject && mark === colon) level.isKeyNext = false;
    },
  };
}

/**
 * Jumps from quotation mark to quotation mark. A mark after an odd number of backslashes belongs to the string.
 * @param isEscaped whether the first byte comes after such a backslash
 * @returns where the string ends, the length of the chunk where it goes on after it
 */
function endOfString(chunk: Buffer, from: number, isEscaped: boolean): { end: number; isEscaped: boolean } {
  for (let at = isEscaped ? from + 1 : from; ; ) {
    const found = chunk.indexOf(quote as number, at);
    const stop = found === -1 ? chunk.length : found;
    let before = stop;
    while (before > at && chunk[before - 1] === backslash) before -= 1;
    const isOdd = (stop - before) % 2 === 1;
    if (found === -1) return { end: chunk.length, isEscaped: isOdd };
    if (!isOdd) return { end: found, isEscaped: false };
    at = found + 1;
  }
}
