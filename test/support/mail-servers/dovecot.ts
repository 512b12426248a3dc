// Starts a Dovecot of our own: its submission server, which hands mails on to another server, or its logins alone.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../programs/child.js';
import { freePort } from '../programs/free-port.js';
import { tempFolder } from '../programs/temp-folder.js';
import { waitFor } from '../programs/wait-for.js';
import { certificatePath } from '../servers/sink-protocol.js';
import { dovecotProgram, type MailServer, startServer } from './programs.js';

export const login = { user: 'robot', password: 'the-right-one' };

/** @param relay where accepted mails go */
export async function startDovecot(relay: { port: number }): Promise<MailServer> {
  const folder = await tempFolder('dovecot');
  const port = await freePort();
  const config = await configure(
    folder.path,
    `protocols = submission
listen = 127.0.0.1
ssl = required
ssl_cert = <${certificatePath('server.pem')}
ssl_key = <${certificatePath('server-key.pem')}
mail_location = maildir:${folder.path}/mail/%u
hostname = dovecot.test
submission_relay_host = 127.0.0.1
submission_relay_port = ${relay.port}
service submission-login {
  inet_listener submission {
    port = ${port}
  }
}
`,
  );
  const server = await startServer(dovecotProgram, ['-F', '-c', config], port);
  return { ...server, stop: () => server.stop().then(folder.remove) };
}

/** @returns the socket at which other servers ask about logins */
export async function startLogins(): Promise<{ socket: string; stop(): Promise<void> }> {
  const folder = await tempFolder('logins');
  const socket = join(folder.path, 'logins');
  const config = await configure(
    folder.path,
    `protocols =
service auth {
  unix_listener ${socket} {
    mode = 0666
  }
}
`,
  );
  const child = startChild(dovecotProgram, ['-F', '-c', config], { lastSignal: 'SIGTERM' });
  await waitFor('Dovecot to listen for logins', () => chmod(socket, 0o666).then(() => true));
  return {
    socket,
    stop: async () => {
      await child.end('SIGTERM');
      await folder.remove();
    },
  };
}

export async function configure(folder: string, own: string): Promise<string> {
  // The servers' own users look for sockets in it.
  await chmod(folder, 0o755);
  const mail = join(folder, 'mail');
  await mkdir(mail);
  await chmod(mail, 0o777);
  const path = join(folder, 'dovecot.conf');
  await writeFile(
    path,
    `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
auth_mechanisms = plain login
first_valid_uid = 1
passdb {
  driver = static
  args = password=${login.password}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${mail}/%u
}
${own}`,
  );
  return path;
}
