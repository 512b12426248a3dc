// Varied mails arrive through Postfix with STARTTLS and SASL.
import { login, startLogins } from '../support/mail-servers/dovecot.js';
import { startPostfix } from '../support/mail-servers/postfix.js';
import { hasPostfix } from '../support/mail-servers/programs.js';
import { varietyArrives } from './scene.js';

varietyArrives('Postfix with STARTTLS and SASL', hasPostfix, {
  account: { use_tls: true, ...login },
  takesUtf8: true,
  start: async () => {
    const logins = await startLogins();
    const server = await startPostfix({
      main: `smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${logins.socket}
smtpd_relay_restrictions = permit_sasl_authenticated, reject`,
    });
    return { ...server, stop: () => server.stop().then(logins.stop) };
  },
});
