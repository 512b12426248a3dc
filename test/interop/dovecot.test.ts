// Varied mails arrive through the submission server of Dovecot, which hands them on to Postfix.
import { login, startDovecot } from '../support/mail-servers/dovecot.js';
import { startPostfix } from '../support/mail-servers/postfix.js';
import { hasPostfix } from '../support/mail-servers/programs.js';
import { varietyArrives } from './scene.js';

varietyArrives('Dovecot submission', hasPostfix, {
  account: { use_tls: true, ...login },
  takesUtf8: false,
  start: async () => {
    const relay = await startPostfix();
    const server = await startDovecot(relay);
    return { ...server, delivered: relay.delivered, stop: () => server.stop().then(relay.stop) };
  },
});
