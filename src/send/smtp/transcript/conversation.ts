// Writes down what is said over a connection, for accounts that keep transcripts: without credentials, bodies, and what a
// server says that is no SMTP reply.
import type { Hide } from '../hide-credentials.js';
import { boundedLines } from './bounded-lines.js';

export interface Conversation {
  /** Is told by nodemailer of each command and reply, and of the end of a body without the body itself. */
  readonly logger: Logger;
  /** Adds a remark of our own. */
  remark(text: string): void;
  /** The connection is ready for mails: what was said so far is a part of every mail's transcript. */
  opened(): void;
  /** The lines since the last call, after those from the beginning of the connection. */
  take(): string[];
}

interface Logger {
  debug(entry: Entry, text: string): void;
  info(entry: Entry): void;
}

interface Entry {
  tnx?: unknown;
  outByteCount?: unknown;
}

/** Bytes of what is said until a connection is ready, and about one mail. */
const mostOfOpening = 2 * 1024;
const mostOfMail = 8 * 1024;
/** Characters and lines of one reply. Code and reason come first. */
const mostOfLine = 300;
const mostLines = 30;

const notShown = '(not shown, because it is no SMTP reply)';

type Speaker = 'C' | 'S' | '#';
type Say = (speaker: Speaker, text: string) => void;

/**
 * @param hide removes the account's credentials from a reply
 * @param tls names the version of TLS once the connection is encrypted
 */
export function openConversation(hide: Hide, tls: () => string | undefined): Conversation {
  let opening: string[] | undefined;
  let mails = 0;
  let lines = boundedLines(mostOfOpening);
  let isTlsTold = false;

  function say(speaker: Speaker, text: string): void {
    const version = isTlsTold ? undefined : tls();
    if (version !== undefined) {
      isTlsTold = true;
      lines.add(`#: encrypted with ${version}`);
    }
    lines.add(`${speaker}: ${shorten(text)}`);
  }

  return {
    logger: openLogger(hide, say),
    remark: (text) => say('#', text),
    opened() {
      opening = lines.read();
      lines = boundedLines(mostOfMail);
    },
    take() {
      const said = [...(opening ?? []), ...(mails > 0 ? [`#: mail ${mails + 1} of this connection`] : [])];
      said.push(...lines.read());
      lines = boundedLines(mostOfMail);
      mails += 1;
      return said;
    },
  };
}

function openLogger(hide: Hide, say: Say): Logger {
  let isAuth = false;
  let hasGreeted = false;

  function command(text: string): void {
    const [, mechanism] = /^AUTH (\S+)/i.exec(text) ?? [];
    // After AUTH, every line is a part of the login until the server has accepted or refused it (RFC 4954 section 4).
    say('C', mechanism === undefined ? (isAuth ? '***' : text) : `AUTH ${mechanism} ***`);
    isAuth ||= mechanism !== undefined;
  }

  function reply(text: string): void {
    if (isAuth && /^334(?![^ ])/.test(text)) {
      say('S', '334 ***');
      return;
    }
    const told = hide(text, isAuth).split(/\r?\n/);
    isAuth = false;
    // A service that is no mail server may begin with any number.
    hasGreeted ||= /^(220|[45]\d\d)(?![^ -])/.test(text);
    for (const line of told.slice(0, mostLines)) {
      say('S', hasGreeted && /^[2-5]\d\d(?![^ -])/.test(line) ? line : notShown);
    }
    if (told.length > mostLines) say('#', `${told.length - mostLines} lines of this reply left out`);
  }

  return {
    debug({ tnx }, text) {
      if (tnx === 'client') command(text);
      else if (tnx === 'server') reply(text);
    },
    info({ tnx, outByteCount }) {
      if (tnx === 'message') say('#', `the mail, ${String(outByteCount)} bytes`);
    },
  };
}

function shorten(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cs}]+/gu, ' ');
  return line.length > mostOfLine ? `${line.slice(0, mostOfLine)}...` : line;
}
