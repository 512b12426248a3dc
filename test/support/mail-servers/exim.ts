// Starts an Exim of our own from its unpacked package, which delivers every mail into a Maildir.
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../programs/free-port.js';
import { tempFolder } from '../programs/temp-folder.js';
import { readMaildir } from './maildir.js';
import { type Delivered, eximRoot, idOf, type MailServer, startServer } from './programs.js';

export interface Exim extends MailServer {
  delivered(): Promise<Delivered[]>;
}

const user = 'Debian-exim';

/** @param main lines of the main section on top of ours */
export async function startExim(main = 'smtputf8_advertise_hosts = *'): Promise<Exim> {
  const folder = await tempFolder('exim');
  const port = await freePort();
  const [uid = 0, gid = 0] = [idOf('-u', user), idOf('-g', user)];
  await chmod(folder.path, 0o755);
  for (const name of ['.', 'spool', 'box']) {
    await mkdir(join(folder.path, name), { recursive: true });
    await chown(join(folder.path, name), uid, gid);
  }
  const config = join(folder.path, 'exim.conf');
  await writeFile(config, configOf(folder.path, port, main));
  const env = {
    PATH: process.env.PATH,
    LD_LIBRARY_PATH: `${eximRoot}/usr/lib/x86_64-linux-gnu:${eximRoot}/usr/lib/aarch64-linux-gnu`,
  };
  const server = await startServer(`${eximRoot}/usr/sbin/exim4`, ['-C', config, '-bdf', '-q1h'], port, {
    env,
    uid,
    gid,
  });
  return {
    ...server,
    delivered: () => readMaildir(join(folder.path, 'box'), 'Envelope-to'),
    stop: () => server.stop().then(folder.remove),
  };
}

function configOf(folder: string, port: number, main: string): string {
  return `exim_user = ${user}
exim_group = ${user}
exim_path = ${eximRoot}/usr/sbin/exim4
keep_environment = LD_LIBRARY_PATH
primary_hostname = exim.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
pid_file_path = ${folder}/exim.pid
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
deliver_drop_privilege = true
never_users =
tls_advertise_hosts =
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = accept
acl_smtp_data = accept
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
${main}
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = ${folder}/box
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
begin retry
* * F,1h,1m
`;
}
