// 1,100 connections of one tenant announce a body of 1 MiB and send a byte of it.
import { connect } from 'node:net';
import { pause } from '../stage.js';
import type { Attack } from './attack.js';

const connections = 1100;

export const slowBodies: Attack = {
  name: '1,100 connections that announce 1 MiB and send a byte',
  settings: { GMP_START_ACTIVE: '0', GMP_SMTP_HOST: '127.0.0.1' },
  async run(target) {
    const token = await target.tenant('slow');
    const neighbour = await target.tenant('neighbour');
    let open = connections;
    const answers = new Map<string, number>();
    const sockets = Array.from({ length: connections }, () => {
      const socket = connect(target.port, '127.0.0.1').on('error', () => undefined);
      socket.once('data', (chunk) => {
        const status = chunk.toString('latin1').slice(9, 12);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      });
      socket.once('close', () => {
        open -= 1;
      });
      socket.write(
        `POST /commands/add-messages HTTP/1.1\r\nHost: x\r\nX-API-Token: ${token}\r\nContent-Length: 1048576\r\n\r\n{`,
      );
      return socket;
    });
    await pause(2000);
    const large = 'x'.repeat(900_000);
    let longest = 0;
    for (let n = 0; n < 20; n++) {
      for (const [by, body] of [
        [neighbour, 'small'],
        [neighbour, large],
        [undefined, large],
      ] as const) {
        const tenant = by === undefined ? { tenant_id: 'neighbour' } : {};
        const message = {
          id: `m-${n}-${body.length}-${by ? 't' : 'a'}`,
          ...tenant,
          from: 'a@example.com',
          to: 'b@example.org',
          subject: 's',
          body,
        };
        const began = performance.now();
        const { status } = await target.api(
          'POST',
          '/commands/add-messages',
          { messages: [message] },
          by === undefined ? {} : { token: by },
        );
        if (status !== 200) throw new Error(`a body of another was answered ${status}`);
        longest = Math.max(longest, performance.now() - began);
      }
    }
    for (let waited = 0; open > 0; waited += 200) {
      if (waited > 30_000) throw new Error(`${open} connections are still open`);
      await pause(200);
    }
    for (const socket of sockets) socket.destroy();
    const all = [...answers].map(([status, n]) => `${n} x ${status}`).join(', ');
    return `60 bodies of others taken, the slowest ${Math.round(longest)} ms; the attack was answered ${all}`;
  },
};
