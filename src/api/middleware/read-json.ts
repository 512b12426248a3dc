// Reads a body as JSON, regardless of its Content-Type, and refuses a body that would take long to parse.
import { isUtf8 } from 'node:buffer';
import type { Context as HttpContext } from 'hono';
import { betweenSteps } from '../../concurrency/next-turn.js';
import { Misfit } from './answer-error.js';
import type { ApiEnv } from './authenticate.js';

/** Deeper than any call needs, and far below the depth at which JSON.stringify fails. */
const deepest = 100;

/** Objects, lists and fields together. A million take half a second to parse, sixteen million take 16 seconds. */
const mostParts = 1_000_000;

const [quote, backslash, colon, openBracket, closeBracket, openBrace, closeBrace] = [...'"\\:[]{}'].map(
  (char) => char.charCodeAt(0),
);

/**
 * Other calls are served between the steps.
 * @param lines the field that holds the objects of a body with one on each line
 * @throws Misfit
 */
export async function readJson(c: HttpContext<ApiEnv>, lines?: string): Promise<unknown> {
  const bytes = receivedBody(c);
  if (!isUtf8(bytes)) throw notJson('is not UTF-8');
  const sent = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const isLines = lines !== undefined && /\bx-ndjson\b/i.test(c.req.header('content-type') ?? '');
  await betweenSteps(bytes.length);
  const excess = findExcess(sent);
  if (excess !== undefined) throw notJson(excess);
  const given = isLines ? { [lines]: parseLines(sent) } : parse(sent);
  c.set('given', given);
  await betweenSteps(bytes.length);
  return given;
}

/** What stands for a line that is no JSON. */
export class BadLine {}

/** Each line stays in its place, so that a bad one can be named by its number: blank ones are undefined. */
function parseLines(text: string): unknown[] {
  if (text.trim() === '') return [];
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      try {
        return line.trim() === '' ? undefined : JSON.parse(line);
      } catch {
        return new BadLine();
      }
    });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson('is not JSON');
  }
}

/** The bytes of the body; empty when the call has none. */
export function receivedBody(c: HttpContext<ApiEnv>): Buffer {
  return c.get('body') ?? Buffer.alloc(0);
}

function notJson(msg: string): Misfit {
  return new Misfit([{ loc: ['body'], msg, type: 'json_invalid' }]);
}

/** Counts what stands outside strings. Whether the text is JSON at all is left to the parser. */
function findExcess(text: string): string | undefined {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case openBracket:
      case openBrace:
        depth += 1;
        parts += 1;
        if (depth > deepest) return `is nested more than ${deepest} deep`;
        break;
      case closeBracket:
      case closeBrace:
        depth -= 1;
        break;
      case colon:
        parts += 1;
    }
    if (parts > mostParts) return `has more than ${mostParts} objects, lists and fields`;
  }
  return undefined;
}

/**
 * Jumps from quotation mark to quotation mark, because most of a body is text. A mark after an odd number of backslashes
 * belongs to the string.
 */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
