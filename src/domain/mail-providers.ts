// The usual mail providers: where their servers listen, and the limits that keep an account in good standing.

export interface MailProvider {
  id: string;
  label: string;
  host: string;
  port: number;
  useTls: boolean;
  /** Sends that the provider takes, with room to spare; undefined: it names no limit. */
  perMinute?: number;
  perHour?: number;
  perDay?: number;
  /** Connections at once. */
  maxConnections?: number;
  /** What the user should enter. */
  userHint: string;
  /**
   * Which signed envelope senders (`%verp%`) come back in bounces. `yes`: all of domains that are the user's. `plus`: those
   * of the user's own address, as `jo+<token>@example.org`. `no`: none, because the provider refuses or replaces them.
   */
  verp: 'yes' | 'plus' | 'no';
  /** Why a password may not do. */
  warning?: string;
}

const appPassword = 'An account with two-step verification needs an app password';

/** Limits are those that providers publish for a usual account; contracts differ. */
export const mailProviders: readonly MailProvider[] = [
  {
    id: 'gmail',
    label: 'Gmail and Google Workspace',
    host: 'smtp.gmail.com',
    port: 465,
    useTls: true,
    perDay: 500,
    maxConnections: 3,
    userHint: 'the whole address',
    verp: 'plus',
    warning: appPassword,
  },
  {
    id: 'microsoft365',
    label: 'Outlook and Microsoft 365',
    host: 'smtp.office365.com',
    port: 587,
    useTls: true,
    perMinute: 30,
    perDay: 10_000,
    maxConnections: 3,
    userHint: 'the whole address',
    // 550 5.7.60: not permitted to send as this sender.
    verp: 'no',
    warning:
      'Microsoft takes no passwords from the end of December 2026 on, but OAuth2, which is not supported yet',
  },
  {
    id: 'ses',
    label: 'Amazon SES',
    host: 'email-smtp.eu-west-1.amazonaws.com',
    port: 587,
    useTls: true,
    maxConnections: 10,
    userHint: 'the SMTP user name, not the access key',
    // The mail leaves with a sender of SES, which forwards bounces to the one that it was given.
    verp: 'yes',
    warning: 'The host names the region; limits are those of your SES account',
  },
  {
    id: 'sendgrid',
    label: 'SendGrid',
    host: 'smtp.sendgrid.net',
    port: 587,
    useTls: true,
    maxConnections: 10,
    userHint: 'the word apikey',
    verp: 'no',
    warning: 'The password is an API key',
  },
  {
    id: 'mailgun',
    label: 'Mailgun',
    host: 'smtp.mailgun.org',
    port: 587,
    useTls: true,
    maxConnections: 10,
    userHint: 'postmaster@ and your domain',
    verp: 'no',
    warning: 'In the EU region the host is smtp.eu.mailgun.org',
  },
  {
    id: 'postmark',
    label: 'Postmark',
    host: 'smtp.postmarkapp.com',
    port: 587,
    useTls: true,
    maxConnections: 10,
    userHint: 'the server API token',
    verp: 'no',
    warning: 'The password is the server API token too',
  },
  {
    id: 'brevo',
    label: 'Brevo',
    host: 'smtp-relay.brevo.com',
    port: 587,
    useTls: true,
    perDay: 300,
    maxConnections: 5,
    userHint: 'the SMTP login',
    verp: 'no',
    warning: 'The password is an SMTP key; 300 a day is the limit of the free plan',
  },
  {
    id: 'smtp2go',
    label: 'SMTP2GO',
    host: 'mail.smtp2go.com',
    port: 587,
    useTls: true,
    maxConnections: 10,
    userHint: 'the SMTP user',
    verp: 'no',
  },
  {
    id: 'zoho',
    label: 'Zoho Mail',
    host: 'smtp.zoho.com',
    port: 465,
    useTls: true,
    perDay: 500,
    maxConnections: 3,
    userHint: 'the whole address',
    verp: 'no',
    warning: `${appPassword}; in Europe the host is smtp.zoho.eu`,
  },
  {
    id: 'fastmail',
    label: 'Fastmail',
    host: 'smtp.fastmail.com',
    port: 465,
    useTls: true,
    perHour: 500,
    perDay: 4000,
    maxConnections: 3,
    userHint: 'the whole address',
    verp: 'plus',
    warning: 'Fastmail takes app passwords alone',
  },
  {
    id: 'aruba',
    label: 'Aruba',
    host: 'smtps.aruba.it',
    port: 465,
    useTls: true,
    perHour: 250,
    maxConnections: 3,
    userHint: 'the whole address',
    verp: 'no',
  },
  {
    id: 'local',
    label: 'A mail server on this machine, such as Postfix',
    host: '127.0.0.1',
    port: 25,
    useTls: false,
    maxConnections: 10,
    userHint: 'none, where it asks for none',
    verp: 'yes',
  },
];
