// mail-proxy login NAME: keeps the address and the token of a service that runs elsewhere.
import { Args, Flags } from '@oclif/core';
import { PlainCommand } from '../api-command.js';
import { askMissing, readSecret } from '../ask.js';
import { openApi } from '../call-api.js';
import { keepRemote } from '../instances/instance.js';
import { withoutSlash } from '../instances/service-url.js';

export default class Login extends PlainCommand {
  static override summary = 'Keep the address and the token of a service that runs elsewhere, under a name';
  static override examples = [
    '<%= config.bin %> login production --url https://mail.example.com --token-file token',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name to keep them under.' }) };
  static override flags = {
    url: Flags.string({ description: 'Where the service is.' }),
    'token-file': Flags.string({ description: 'File with the token; - for stdin.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Login);
    const file = flags['token-file'];
    const { url, token } = await askMissing(
      {
        url: {
          flag: '--url URL',
          message: 'Where is the service?',
          check: (text) => (/^https?:\/\/\S+$/.test(text) ? undefined : 'Begins with https:// or http://'),
        },
        token: { flag: '--token-file FILE', message: 'Its token', isSecret: true },
      },
      { url: flags.url, token: file === undefined ? undefined : readSecret(file) },
    );
    const target = { url: withoutSlash(url), token };
    // Tried before it is kept.
    await openApi(target)('GET', '/status');
    keepRemote(this.home(), args.name, target);
    this.log(`${args.name} is kept; mail-proxy use ${args.name} chooses it`);
  }
}
