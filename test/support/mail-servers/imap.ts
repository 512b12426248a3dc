// Starts the IMAP server of Dovecot, with TLS, STARTTLS and without, and looks into its mailboxes as a person's program does.
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { freePort } from '../programs/free-port.js';
import { tempFolder } from '../programs/temp-folder.js';
import { certificatePath } from '../servers/sink-protocol.js';
import { configure, login } from './dovecot.js';
import { dovecotProgram, idOf, type MailServer, startServer } from './programs.js';

export interface ImapServer extends MailServer {
  /** Without TLS, or with STARTTLS. */
  port: number;
  /** TLS from the first byte. */
  tlsPort: number;
  /** The Maildirs of its users, which belong to the user `mail`. */
  folder: string;
  /** Puts many mails into the inbox of a user who has none yet, quickly. */
  fill(user: string, mails: (string | Buffer)[]): Promise<void>;
  /** Ends the server as a power cut does, and starts it again. */
  restart(): Promise<void>;
  /** Ends all its processes. */
  kill(): Promise<void>;
  /** A person's program with that mailbox open, to be ended by `logout`. */
  person(user?: string): Promise<Person>;
}

export interface Person {
  client: ImapFlow;
  /** Puts mails into a folder. @returns their UIDs */
  put(mails: (string | Buffer)[], flags?: string[], folder?: string): Promise<number[]>;
  /** Every mail of a folder, with its flags in their order. */
  list(folder?: string): Promise<{ uid: number; flags: string[]; subject: string }[]>;
}

/** @param settings lines of the configuration on top of ours */
export async function startImap(settings = ''): Promise<ImapServer> {
  const folder = await tempFolder('imap');
  const [port, tlsPort] = [await freePort(), await freePort()];
  const config = await configure(folder.path, configOf(folder.path, port, tlsPort, settings));
  const start = () => startServer(dovecotProgram, ['-F', '-c', config], port);
  let server = await start();
  const people: ImapFlow[] = [];
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    restart: async () => {
      await server.stop();
      server = await start();
    },
    folder: join(folder.path, 'mail'),
    kill: () => server.stop(),
    fill: (user, mails) => fillMaildir(join(folder.path, 'mail', user), mails),
    async person(user = login.user) {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port,
        doSTARTTLS: false,
        auth: { user, pass: login.password },
        logger: false,
        disableAutoIdle: true,
      });
      client.on('error', () => {});
      await client.connect();
      people.push(client);
      return personOf(client);
    },
    async stop() {
      for (const client of people) client.close();
      await server.stop();
      await folder.remove();
    },
  };
}

function personOf(client: ImapFlow): Person {
  return {
    client,
    async put(mails, flags = [], folder = 'INBOX') {
      const uids: number[] = [];
      for (const mail of mails) {
        const appended = await client.append(folder, mail, flags);
        if (appended === false) throw new Error('the mail was not taken');
        uids.push(appended?.uid ?? 0);
      }
      return uids;
    },
    async list(folder = 'INBOX') {
      const lock = await client.getMailboxLock(folder, { readOnly: true });
      try {
        // An empty folder has no range of mails.
        if (client.mailbox === false || client.mailbox.exists === 0) return [];
        const found = await client.fetchAll('1:*', { uid: true, flags: true, envelope: true });
        return found.map(({ uid, flags, envelope }) => ({
          uid,
          flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
          subject: envelope?.subject ?? '',
        }));
      } finally {
        lock.release();
      }
    },
  };
}

async function fillMaildir(box: string, mails: (string | Buffer)[]): Promise<void> {
  const [uid = 0, gid = 0] = [idOf('-u', 'mail'), idOf('-g', 'mail')];
  for (const name of ['', 'cur', 'new', 'tmp']) {
    await mkdir(join(box, name), { recursive: true });
    await chown(join(box, name), uid, gid);
  }
  for (const [n, mail] of mails.entries()) {
    const path = join(box, 'new', `${1_800_000_000 + n}.M${n}.test`);
    await writeFile(path, mail);
    await chown(path, uid, gid);
  }
}

function configOf(folder: string, port: number, tlsPort: number, settings: string): string {
  return `protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${certificatePath('server.pem')}
ssl_key = <${certificatePath('server-key.pem')}
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%u
mail_max_userip_connections = 100
auth_failure_delay = 0
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
${settings}
`;
}
