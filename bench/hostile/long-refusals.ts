// A tenant's server refuses each of 30,000 recipients with a reply of 950 characters of its own.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { addAccount } from '../../test/support/stage/tenant.js';
import { pause } from '../stage.js';
import type { Attack, Target } from './attack.js';

const messages = 5;
const each = 10_000;

export const longRefusals: Attack = {
  name: '5 mails to 30,000 recipients, each refused with 950 characters',
  async run(target) {
    const server = createServer(refuse);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    let largestReport = 0;
    const reported = new Set<number>();
    const app = await target.stage.app({
      answer: (call) => {
        largestReport = Math.max(largestReport, JSON.stringify(call.body).length);
        for (const { event_id } of (call.body as { delivery_report: { event_id: number }[] }).delivery_report)
          reported.add(event_id);
        return undefined;
      },
    });
    const token = await target.tenant('refused', { client_base_url: app.url });
    const { port } = server.address() as AddressInfo;
    await addAccount(target, 'refused', 'main', { host: '127.0.0.1', port });
    const list = (n: number, field: string) =>
      Array.from({ length: each }, (_, i) => `${field}-${n}-${i}@example.org`);
    for (let n = 0; n < messages; n++) {
      const to = { to: list(n, 'to'), cc: list(n, 'cc'), bcc: list(n, 'bcc') };
      const message = { id: `m-${n}`, from: 'a@example.com', ...to, subject: 's', body: 'b' };
      const answer = await target.api('POST', '/commands/add-messages', { messages: [message] }, { token });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    }
    for (let waited = 0; reported.size < messages; waited += 200) {
      if (waited > 300_000) throw new Error(`only ${reported.size} of ${messages} were reported`);
      await pause(200);
    }
    const largestPage = await readEvents(target, token);
    server.close();
    return `${reported.size} of ${messages} reported, largest report ${megabytes(largestReport)}, page of events ${megabytes(largestPage)}`;
  },
};

/** Reads the event log to its end. @returns the characters of its largest page */
async function readEvents(target: Target, token: string): Promise<number> {
  let largest = 0;
  let found = 0;
  for (let after = 0, more = true; more; ) {
    const { body } = await target.api<{ events: unknown[]; next: number; more: boolean }>(
      'GET',
      `/events?after=${after}`,
      undefined,
      { token, timeoutMs: 60_000 },
    );
    largest = Math.max(largest, JSON.stringify(body).length);
    found += body.events.length;
    ({ next: after, more } = body);
  }
  if (found < messages) throw new Error(`the event log has only ${found} events`);
  return largest;
}

function refuse(socket: Socket): void {
  let rest = '';
  let n = 0;
  socket.on('error', () => undefined);
  socket.write('220 refusing.test\r\n');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      n += 1;
      if (/^EHLO/i.test(line)) socket.write('250-refusing.test\r\n250 PIPELINING\r\n');
      else if (/^RCPT/i.test(line)) socket.write(`550 5.1.1 ${n} ${'no such user '.repeat(72)}\r\n`);
      else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else socket.write('250 ok\r\n');
    }
  });
}

function megabytes(characters: number): string {
  return `${(characters / 1e6).toFixed(1)} MB`;
}
