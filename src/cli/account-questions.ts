// The questions and flags that an SMTP account is made of, with the usual providers to choose from.
import { Flags } from '@oclif/core';
import { type MailProvider, mailProviders } from '../domain/mail-providers.js';
import { adviseOnSender } from './advise-on-sender.js';
import { askMissing, isInteractive, readSecret } from './ask.js';

export const accountFlags = {
  provider: Flags.string({
    description: 'Fill in host, port, TLS and limits of a usual provider.',
    options: mailProviders.map(({ id }) => id),
  }),
  host: Flags.string({ description: 'Mail server.' }),
  port: Flags.integer({ description: 'Its port, 587 unless the provider says otherwise.' }),
  user: Flags.string({ description: 'User to log in as.' }),
  'password-file': Flags.string({ description: 'File with the password; - for stdin.' }),
  password: Flags.string({ description: 'The password; every user of the machine can see it meanwhile.' }),
  tls: Flags.boolean({ allowNo: true, description: 'Require TLS; --no-tls does without.' }),
  'limit-minute': Flags.integer({ description: 'Mails a minute.', min: 0 }),
  'limit-hour': Flags.integer({ description: 'Mails an hour.', min: 0 }),
  'limit-day': Flags.integer({ description: 'Mails a day.', min: 0 }),
  'return-path': Flags.string({ description: 'Envelope sender; %verp% in it stands for a signed token.' }),
  'keep-transcripts': Flags.boolean({
    allowNo: true,
    description: 'Keep what is said to its server in the last attempts of each message, for `trace`.',
  }),
};

interface Given {
  provider?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  user?: string | undefined;
  'password-file'?: string | undefined;
  password?: string | undefined;
  tls?: boolean | undefined;
  'limit-minute'?: number | undefined;
  'limit-hour'?: number | undefined;
  'limit-day'?: number | undefined;
  'return-path'?: string | undefined;
  'keep-transcripts'?: boolean | undefined;
}

const other = 'other';

/**
 * Asks for what is missing.
 * @returns the account as the API takes it, without its tenant, and what the user should know of the provider
 * @throws Missing when nobody can be asked
 */
export async function askForAccount(
  id: string | undefined,
  given: Given,
): Promise<{ account: Record<string, unknown> & { id: string }; remarks: string[] }> {
  const provider = await chooseProvider(given);
  const file = given['password-file'];
  const secret = file === undefined ? given.password : readSecret(file);
  const isOpen = provider?.id === 'local' || !isInteractive();
  const answers = await askMissing(
    {
      id: { flag: 'ID', message: 'Name of the account', suggestion: 'default' },
      host: { flag: '--host HOST', message: 'Mail server', ...(provider && { suggestion: provider.host }) },
      port: {
        flag: '--port PORT',
        message: 'Port',
        suggestion: String(provider?.port ?? 587),
        check: checkPort,
      },
      user: { flag: '--user USER', message: userQuestion(provider), isOptional: true },
    },
    {
      id,
      host: given.host ?? (given.provider && provider?.host),
      port: given.port === undefined ? given.provider && String(provider?.port) : String(given.port),
      user: given.user ?? (isOpen ? '' : undefined),
    },
  );
  const question = { flag: '--password-file FILE', message: 'Password', isSecret: true };
  const { password } =
    answers.user === ''
      ? { password: undefined }
      : await askMissing({ password: question }, { password: secret });
  const account = {
    id: answers.id,
    host: answers.host,
    port: Number(answers.port),
    user: answers.user || undefined,
    password,
    use_tls: given.tls ?? provider?.useTls,
    limit_per_minute: given['limit-minute'] ?? provider?.perMinute,
    limit_per_hour: given['limit-hour'] ?? provider?.perHour,
    limit_per_day: given['limit-day'] ?? provider?.perDay,
    max_connections: provider?.maxConnections,
    return_path: given['return-path'],
    keep_transcripts: given['keep-transcripts'],
  };
  return { account, remarks: remarksOn(provider, answers.user, given['return-path']) };
}

function remarksOn(
  provider: MailProvider | undefined,
  user: string,
  returnPath: string | undefined,
): string[] {
  if (provider === undefined) return [];
  return [provider.warning, adviseOnSender(provider, user, returnPath)].filter((one) => one !== undefined);
}

async function chooseProvider(given: Given): Promise<MailProvider | undefined> {
  const find = (id: string) => mailProviders.find((one) => one.id === id);
  if (given.provider !== undefined) return find(given.provider);
  if (given.host !== undefined || !isInteractive()) return undefined;
  const choices = [
    ...mailProviders.map(({ id, label }) => ({ value: id, label })),
    { value: other, label: 'Another' },
  ];
  const question = { flag: '--provider', message: 'Who runs the mail server?', choices };
  return find((await askMissing({ provider: question }, {})).provider);
}

function userQuestion(provider: MailProvider | undefined): string {
  return `User${provider === undefined ? ' (empty: the server asks for none)' : `: ${provider.userHint}`}`;
}

function checkPort(text: string): string | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? undefined : 'A number from 1 to 65535';
}
