// 200 callers ask for the list of messages, of which there are 100 MB, and never read the answer.
import { connect, type Socket } from 'node:net';
import { pause } from '../stage.js';
import type { Attack } from './attack.js';

const callers = 200;
const messages = 100;

export const unreadAnswers: Attack = {
  name: '200 callers that never read GET /messages of 100 MB',
  settings: { GMP_START_ACTIVE: '0', GMP_SMTP_HOST: '127.0.0.1' },
  async run(target) {
    const token = await target.tenant('unread');
    const neighbour = await target.tenant('neighbour');
    const body = 'x'.repeat(1_000_000);
    for (let n = 0; n < messages; n++) {
      const message = { id: `m-${n}`, from: 'a@example.com', to: 'b@example.org', subject: 's', body };
      const answer = await target.api('POST', '/commands/add-messages', { messages: [message] }, { token });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    }
    const sockets: Socket[] = [];
    for (let n = 0; n < callers; n++) {
      const socket = connect(target.port, '127.0.0.1').on('error', () => undefined);
      socket.write(`GET /messages HTTP/1.1\r\nHost: x\r\nX-API-Token: ${token}\r\n\r\n`);
      sockets.push(socket.pause());
    }
    await pause(3000);
    const began = performance.now();
    const { status } = await target.api('GET', '/messages', undefined, { token: neighbour });
    if (status !== 200) throw new Error(`the list of a neighbour was answered ${status}`);
    const tookMs = Math.round(performance.now() - began);
    await pause(35_000);
    let seen = 0;
    let largest = 0;
    for (let cursor = ''; ; ) {
      const answer = await target.api<{ messages: unknown[]; next_cursor?: string }>(
        'GET',
        `/messages${cursor && `?cursor=${cursor}`}`,
        undefined,
        { token },
      );
      if (answer.status !== 200) throw new Error(`a page was answered ${answer.status}`);
      seen += answer.body.messages.length;
      largest = Math.max(largest, JSON.stringify(answer.body).length);
      if (answer.body.next_cursor === undefined) break;
      cursor = answer.body.next_cursor;
    }
    for (const socket of sockets) socket.destroy();
    if (seen !== messages) throw new Error(`the pages have ${seen} of ${messages}`);
    return `a neighbour's list meanwhile ${tookMs} ms, all ${seen} on pages of ${(largest / 1e6).toFixed(1)} MB at most`;
  },
};
