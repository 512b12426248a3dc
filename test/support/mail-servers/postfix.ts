// Starts a Postfix of our own from its unpacked package, which delivers every mail into a Maildir.
import { appendFile, chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort } from '../programs/free-port.js';
import { tempFolder } from '../programs/temp-folder.js';
import { certificatePath } from '../servers/sink-protocol.js';
import { readMaildir } from './maildir.js';
import { type Delivered, idOf, type MailServer, postfixRoot, startServer } from './programs.js';

export interface Postfix extends MailServer {
  delivered(): Promise<Delivered[]>;
}

export interface PostfixOptions {
  /** Lines of main.cf on top of ours. */
  main?: string;
  /** Further lines of master.cf, and the program that listens. */
  master?: string;
  listener?: 'smtpd' | 'postscreen';
  /** Where the queue is, if not on the disk of the test. */
  queue?: string;
}

/** Users that every Debian has. Postfix wants its own to differ from that of deliveries. */
const owner = 'uucp';
const dropGroup = 'news';
const receiver = 'mail';

export async function startPostfix({
  main = '',
  master = '',
  listener = 'smtpd',
  queue,
}: PostfixOptions = {}): Promise<Postfix> {
  const folder = await tempFolder('postfix');
  const box = join(folder.path, 'box');
  const port = await freePort();
  const spool = queue ?? join(folder.path, 'queue');
  await makeFolders(folder.path, spool);
  const config = join(folder.path, 'conf');
  await writeFile(join(config, 'main.cf'), mainOf(folder.path, `queue_directory = ${spool}\n${main}`));
  await writeFile(join(config, 'master.cf'), masterOf(port, listener, master));
  await appendFile(join(config, 'dynamicmaps.cf'), '');
  const daemons = `${postfixRoot}/usr/lib/postfix`;
  const server = await startServer(`${daemons}/sbin/master`, ['-c', config, '-d'], port, {
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: daemons },
  });
  return {
    ...server,
    delivered: () => readMaildir(box, 'X-Original-To'),
    stop: () => server.stop().then(folder.remove),
  };
}

function mainOf(folder: string, more: string): string {
  const daemons = `${postfixRoot}/usr/lib/postfix`;
  return `compatibility_level = 3.6
data_directory = ${folder}/data
daemon_directory = ${daemons}/sbin
command_directory = ${postfixRoot}/usr/sbin
shlib_directory = ${daemons}
meta_directory = ${folder}/conf
mail_owner = ${owner}
setgid_group = ${dropGroup}
import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=${daemons}
export_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=${daemons}
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
myhostname = postfix.test
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
notify_classes =
mydestination =
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:box/
virtual_mailbox_base = ${folder}
virtual_uid_maps = static:${idOf('-u', receiver)}
virtual_gid_maps = static:${idOf('-g', receiver)}
virtual_minimum_uid = 1
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_non_fqdn_helo_hostname, reject_invalid_helo_hostname
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${certificatePath('server.pem')}
smtpd_tls_key_file = ${certificatePath('server-key.pem')}
${more}
`;
}

function masterOf(port: number, listener: 'smtpd' | 'postscreen', more: string): string {
  const inet = listener === 'smtpd' ? 'n - n - - smtpd' : 'n - n - 1 postscreen';
  return `127.0.0.1:${port} inet ${inet}
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
${more}
`;
}

/** As the package's post-install makes them. */
async function makeFolders(root: string, spool: string): Promise<void> {
  const [uid = 0, gid = 0] = [idOf('-u', owner), idOf('-g', owner)];
  await chmod(root, 0o755);
  const make = async (name: string, mode: number, group: number, user = uid) => {
    const path = resolve(root, name);
    await mkdir(path, { recursive: true });
    await chown(path, user, group);
    await chmod(path, mode);
  };
  for (const name of ['conf', spool, `${spool}/pid`]) await make(name, 0o755, 0, 0);
  await make('data', 0o700, gid);
  await make('box', 0o700, 0, idOf('-u', receiver));
  for (const name of [
    'active',
    'bounce',
    'corrupt',
    'defer',
    'deferred',
    'flush',
    'hold',
    'incoming',
    'saved',
    'trace',
  ]) {
    await make(`${spool}/${name}`, 0o700, 0);
  }
  await make(`${spool}/private`, 0o700, 0);
  await make(`${spool}/maildrop`, 0o730, idOf('-g', dropGroup) ?? 0);
  await make(`${spool}/public`, 0o710, idOf('-g', dropGroup) ?? 0);
}
