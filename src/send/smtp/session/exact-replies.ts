// Holds a server to the reply that each command asks for, where nodemailer takes any reply of the same class for it.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

type Action = (reply: string, ...rest: unknown[]) => unknown;

/** What nodemailer does with the reply to each command, by its own names. */
interface Client extends Record<Step, Action> {
  _responseQueue: string[];
  _responseActions: unknown[];
  _responsePartial: boolean;
  _remainder: string;
  _processResponse(): void;
  _onData(chunk: Buffer): void;
  _onClose(): void;
  _onError(error: Error, code: string, reply: string, command: string): void;
}

type Step = keyof typeof wanted;

/** RFC 5321 section 4.3.2; RFC 3207 section 4. Refusals (4xx, 5xx) are left to nodemailer. */
const wanted = {
  _actionGreeting: ['220'],
  _actionEHLO: ['250'],
  _actionHELO: ['250'],
  _actionSTARTTLS: ['220'],
  _actionMAIL: ['250'],
  _actionRCPT: ['250', '251', '252'],
  _actionDATA: ['354'],
} as const;

const commands: Record<Step, string> = {
  _actionGreeting: 'CONN',
  _actionEHLO: 'EHLO',
  _actionHELO: 'HELO',
  _actionSTARTTLS: 'STARTTLS',
  _actionMAIL: 'MAIL FROM',
  _actionRCPT: 'RCPT TO',
  _actionDATA: 'DATA',
};

/** Replies to HELP, QUIT and AUTH, and a greeting: after a body, none of them says that the mail was taken. */
const neverFinal = ['211', '214', '220', '221', '235'];

/** A server may send the replies to thousands of recipients at once. */
const mostInARow = 100;

/**
 * A server that answers a command with the reply to another is out of step, so that the rest of the mail would be read as
 * commands: after DATA and 250, a body may forge a mail. Such a session ends at once, and the mail is tried again.
 *
 * Replies to an envelope that was pipelined come together, and nodemailer would take one in each turn of the event loop.
 */
export function requireExactReplies(smtp: SMTPConnection): void {
  const client = smtp as SMTPConnection & Client;
  let isOfEnvelope = false;
  for (const step of Object.keys(wanted) as Step[]) {
    requireExactly(client, step, () => {
      isOfEnvelope = step === '_actionMAIL' || step === '_actionRCPT';
    });
  }
  const { _processResponse: process, _onClose: onClose } = client;
  const isDue = countDueReplies(client);
  client._processResponse = () => {
    for (let n = 0; n < mostInARow; n++) {
      const [first] = client._responseQueue;
      if (first === undefined) return;
      if (!isDue(first)) return failOutOfStep(client, first);
      client._responseQueue[0] = withLastCode(first);
      isOfEnvelope = false;
      process.call(client);
      if (!isOfEnvelope) return;
    }
  };
  client._onClose = () => {
    if (client._responsePartial) {
      // The server closed amid a reply of several lines; the lines that came may say why.
      client._remainder = withLastCode(`${client._responseQueue.pop() ?? ''}\n${client._remainder}`.trim());
      client._responsePartial = false;
    }
    onClose.call(client);
  };
}

const isNotBlank = (reply: string) => reply.trim() !== '';

/**
 * A reply that comes before its command is not the reply to it, however late it is read.
 * @returns tells whether the next reply is due; asked once for each. Where none is awaited, nodemailer refuses it.
 */
function countDueReplies(client: Client): (reply: string) => boolean {
  const { _onData: onData } = client;
  const unread = () => client._responseQueue.filter(isNotBlank).length - (client._responsePartial ? 1 : 0);
  let due = 0;
  let before: number | undefined;
  client._onData = (chunk) => {
    before = unread();
    onData.call(client, chunk);
    before = undefined;
  };
  return (reply) => {
    // Once one was not due, all later ones are off by one too.
    if (before !== undefined && before <= due) due = Math.min(unread(), client._responseActions.length);
    before = undefined;
    if (!isNotBlank(reply)) return true;
    if (due === 0) return client._responseActions.length === 0;
    due -= 1;
    return true;
  };
}

function failOutOfStep(client: Client, reply: string): void {
  client._onError(
    new Error('The server is out of step: it answered before it was asked'),
    'EPROTOCOL',
    reply,
    'CONN',
  );
}

function requireExactly(client: SMTPConnection & Client, step: Step, onReply: () => void): void {
  const act = client[step];
  client[step] = (reply, ...rest) => {
    onReply();
    // The whole of a short body leaves at once, and no reply to it can be here already.
    if (step === '_actionDATA' && client._responseQueue.some(isNotBlank)) return failOutOfStep(client, reply);
    if (/^[45]\d\d/.test(reply)) return act.call(client, reply, ...rest);
    if (isReply(reply, wanted[step])) {
      return act.call(client, step === '_actionEHLO' ? withoutName(reply) : reply, ...rest);
    }
    const command = commands[step];
    const asked = command === 'CONN' ? 'The server greeted' : `The server answered ${command}`;
    const error = new Error(`${asked} without ${wanted[step][0]}`);
    client._onError(error, 'EPROTOCOL', reply, command);
  };
}

/** Whether every reply that has come was due, and every reply that is due has come. Asked before the first command of a mail. */
export function isInStep(smtp: SMTPConnection): boolean {
  const { _responseQueue, _responseActions, _remainder } = smtp as SMTPConnection & Client;
  return _responseQueue.length === 0 && _responseActions.length === 0 && _remainder === '';
}

/** Whether all lines of a reply have one of these codes. */
export function isReply(reply: string, codes: readonly string[]): boolean {
  const [first = '', ...others] = reply.split(/\r?\n/).map((line) => /^\d{3}(?![^ -])/.exec(line)?.[0]);
  return codes.includes(first) && others.every((code) => code === first);
}

/** Whether a reply to the body says that the server took the mail. Its class counts, as far as it is no other reply. */
export function isFinalReply(reply: string): boolean {
  return reply.startsWith('2') && !neverFinal.includes(reply.slice(0, 3));
}

/** A reply that ends in a refusal is a refusal, also where its first lines have another code (`220-`, then `521`). */
function withLastCode(reply: string): string {
  const lines = reply.split(/\r?\n/);
  const last = /^[45]\d\d(?=[ -]|$)/.exec(lines.at(-1) ?? '')?.[0];
  if (last === undefined || lines.length === 1) return reply;
  return lines.map((line) => line.replace(/^\d{3}(?=[ -]|$)/, last)).join('\n');
}

const extension =
  /^250[ -](AUTH[ =].*|STARTTLS|PIPELINING|8BITMIME|SMTPUTF8|DSN|ENHANCEDSTATUSCODES|CHUNKING|SIZE( \d+)?)\s*$/i;

/**
 * The answer to EHLO with one word in place of the server's name. nodemailer takes the first line that is not empty for
 * the name, and a name such as `mx-starttls.example` for an extension.
 */
function withoutName(reply: string): string {
  const [first = '', ...others] = reply.split(/\r?\n/);
  const own = extension.test(first) ? [first] : [];
  return [`250${own.length + others.length > 0 ? '-' : ' '}server`, ...own, ...others].join('\n');
}
