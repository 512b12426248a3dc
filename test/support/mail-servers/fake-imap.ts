// An IMAP server on loopback that knows what reading a folder takes, and refuses to give the mails that it is told to refuse.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

interface FakeImap {
  port: number;
  /** The UIDs of each FETCH, as it was asked for. */
  readonly fetches: string[];
  stop(): Promise<void>;
}

/** @param refuses whether a FETCH that asks for this UID is answered with NO */
export async function startFakeImap(mails: string[], refuses: (uid: number) => boolean): Promise<FakeImap> {
  const sockets = new Set<Socket>();
  const fetches: string[] = [];

  /** The untagged lines of the answer to a command, and whether it succeeds. */
  function answer(command: string): { lines: string[]; isOk: boolean } {
    const [, uids] = /^UID FETCH (\S+)/i.exec(command) ?? [];
    if (uids !== undefined) {
      fetches.push(uids);
      const asked = mails.flatMap((mail, at) => (isIn(at + 1, uids) ? [{ uid: at + 1, mail }] : []));
      const given = asked.filter(({ uid }) => !refuses(uid));
      const lines = given.map(
        ({ uid, mail }) =>
          `* ${uid} FETCH (UID ${uid} INTERNALDATE "27-Nov-2026 10:00:00 +0000" BODY[]<0> {${Buffer.byteLength(mail)}}\r\n${mail})`,
      );
      return { lines, isOk: given.length === asked.length };
    }
    if (/^(?:SELECT|EXAMINE)/i.test(command)) {
      return { lines: [`* ${mails.length} EXISTS`, '* FLAGS ()', '* OK [UIDVALIDITY 7] valid'], isOk: true };
    }
    if (/^UID SEARCH/i.test(command)) {
      return { lines: [`* SEARCH ${mails.map((_mail, at) => at + 1).join(' ')}`], isOk: true };
    }
    if (/^LIST/i.test(command)) return { lines: ['* LIST () "/" INBOX'], isOk: true };
    return { lines: /^CAPABILITY/i.test(command) ? ['* CAPABILITY IMAP4rev1'] : [], isOk: true };
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('* OK [CAPABILITY IMAP4rev1] ready\r\n');
    let left = '';
    socket.on('data', (chunk) => {
      const all = (left + chunk.toString()).split('\r\n');
      left = all.pop() ?? '';
      for (const line of all) {
        const [tag = '', ...words] = line.split(' ');
        const { lines, isOk } = answer(words.join(' '));
        const end = isOk ? `${tag} OK done` : `${tag} NO [SERVERBUG] a mail cannot be read`;
        socket.write([...lines, end, ''].join('\r\n'));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    fetches,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function isIn(uid: number, set: string): boolean {
  return set.split(',').some((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return uid >= from && uid <= to;
  });
}
