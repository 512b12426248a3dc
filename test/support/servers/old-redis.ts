// Something that answers like a Redis of long ago: it knows no HELLO, and INFO tells an old version.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export async function startOldRedis(version: string): Promise<{ url: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      for (let end = endOfCommand(received); end > 0; end = endOfCommand(received)) {
        socket.write(answer(received.slice(0, end), version));
        received = received.slice(end);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A command is `*n` and n times a length and a word, each ended by CR LF. Words here hold no line breaks. */
function endOfCommand(text: string): number {
  const lines = text.split('\r\n');
  const needed = 1 + 2 * Number(lines[0]?.slice(1));
  if (!(lines.length > needed)) return 0;
  return lines.slice(0, needed).join('\r\n').length + 2;
}

function answer(command: string, version: string): string {
  const word = command.split('\r\n')[2]?.toLowerCase();
  if (word === 'hello' || word === 'client') return `-ERR unknown command \`${word.toUpperCase()}\`\r\n`;
  if (word !== 'info') return '+OK\r\n';
  const info = `# Server\r\nredis_version:${version}\r\nrun_id:0123456789abcdef\r\nloading:0\r\n`;
  return `$${info.length}\r\n${info}\r\n`;
}
