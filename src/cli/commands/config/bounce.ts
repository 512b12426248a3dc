// mail-proxy config bounce: shows the mailbox for bounces, or with flags changes it.
import { Flags } from '@oclif/core';
import { ApiCommand } from '../../api-command.js';
import { readSecret } from '../../ask.js';
import { fieldsOf } from '../../output/fields.js';

export default class ConfigBounce extends ApiCommand {
  static override summary = 'Show the mailbox for bounces, or with flags change it';
  static override examples = [
    '<%= config.bin %> config bounce',
    '<%= config.bin %> config bounce --enable --imap-host imap.example.org --imap-user bounces --imap-password-file secret',
  ];
  static override flags = {
    enable: Flags.boolean({ allowNo: true, description: 'Whether it is read.' }),
    'imap-host': Flags.string({ description: 'IMAP server.' }),
    'imap-port': Flags.integer({ description: 'Its port.', min: 1, max: 65_535 }),
    'imap-user': Flags.string({ description: 'User to log in as.' }),
    'imap-password-file': Flags.string({ description: 'File with the password; - for stdin.' }),
    'imap-folder': Flags.string({ description: 'Folder that is read.' }),
    'imap-ssl': Flags.boolean({ allowNo: true, description: 'TLS from the first byte.' }),
    'poll-interval': Flags.integer({ description: 'Seconds between two looks.', min: 1 }),
    'return-path': Flags.string({ description: 'Envelope sender of mails that name none.' }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { flags } = await this.parse(ConfigBounce);
    const api = this.connect(flags);
    const file = flags['imap-password-file'];
    const given = {
      enabled: flags.enable,
      imap_host: flags['imap-host'],
      imap_port: flags['imap-port'],
      imap_user: flags['imap-user'],
      imap_password: file === undefined ? undefined : readSecret(file),
      imap_folder: flags['imap-folder'],
      imap_ssl: flags['imap-ssl'],
      poll_interval: flags['poll-interval'],
      return_path: flags['return-path'],
    };
    const body = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if (Object.keys(body).length > 0) await api('PUT', '/instance/bounce', { body });
    const mailbox = await api('GET', '/instance/bounce');
    for (const line of fieldsOf(mailbox)) this.log(line);
    return mailbox;
  }
}
