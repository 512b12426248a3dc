// Varied mails arrive through Exim, whether it offers 8BITMIME or not.
import { startExim } from '../support/mail-servers/exim.js';
import { hasExim } from '../support/mail-servers/programs.js';
import { varietyArrives } from './scene.js';

varietyArrives('Exim', hasExim, { account: {}, takesUtf8: true, start: () => startExim() });

varietyArrives('Exim without 8BITMIME and SMTPUTF8', hasExim, {
  account: {},
  takesUtf8: false,
  start: () => startExim('accept_8bitmime = false\nsmtputf8_advertise_hosts ='),
});
