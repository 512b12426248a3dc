// Has nodemailer take the first of many entries in constant time: it keeps an entry for each recipient in arrays.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

/** V8 moves all other entries when the first one of a longer array is removed: 30,000 removals take half a second. */
const longestArray = 8000;

/** What nodemailer queues by its own names: the recipients to be named, and what replies are awaited for. */
interface Client {
  _responseActions?: unknown;
  _recipientQueue?: unknown;
  _setEnvelope(envelope: Envelope, callback: unknown): void;
}

interface Envelope {
  to?: unknown;
  rcptQueue?: unknown;
}

export function quickenQueues(smtp: SMTPConnection): void {
  const client = smtp as unknown as Client;
  keepQuick(client, '_responseActions');
  keepQuick(client, '_recipientQueue');
  const setEnvelope = client._setEnvelope.bind(smtp);
  client._setEnvelope = (envelope, callback) => {
    if (Array.isArray(envelope.to) && envelope.to.length > longestArray) keepQuick(envelope, 'rcptQueue');
    setEnvelope(envelope, callback);
  };
}

/** Whatever list is assigned to the property becomes a queue. */
function keepQuick<K extends string>(owner: { [name in K]?: unknown }, name: K): void {
  let queue = new Queue(owner[name]);
  Object.defineProperty(owner, name, {
    get: () => queue,
    set: (list: unknown) => {
      queue = new Queue(list);
    },
  });
}

/** Has of an array what nodemailer uses. */
class Queue {
  #entries: unknown[];
  #taken = 0;

  constructor(list: unknown) {
    this.#entries = Array.isArray(list) ? [...list] : [];
  }

  get length(): number {
    return this.#entries.length - this.#taken;
  }

  get 0(): unknown {
    return this.#entries[this.#taken];
  }

  push(entry: unknown): void {
    this.#entries.push(entry);
  }

  shift(): unknown {
    const first = this.#entries[this.#taken];
    if (this.length === 0) return undefined;
    this.#entries[this.#taken] = undefined;
    this.#taken += 1;
    if (this.#taken * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#taken);
      this.#taken = 0;
    }
    return first;
  }
}
