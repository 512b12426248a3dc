// The text of docs/configuration.md: every setting with its default, the values it takes, and from when a change counts.
import { attachmentSettings } from '../attachments.js';
import { bounceSettings } from '../bounces.js';
import { coreSettings } from '../core.js';
import { dashboardSettings } from '../dashboard.js';
import { destinationSettings } from '../destinations.js';
import { httpSettings } from '../http.js';
import { countsFrom } from '../live.js';
import { earlierNames, idleNames } from '../names/earlier-names.js';
import { quotaSettings } from '../quotas.js';
import { reportSettings } from '../reports.js';
import type { Setting } from '../setting.js';
import type { Settings } from '../settings.js';
import { smtpSettings } from '../smtp.js';

const topics: [title: string, settings: Record<string, Setting<unknown>>][] = [
  ['The process', coreSettings],
  ['HTTP API', httpSettings],
  ['Sending', smtpSettings],
  ['Reports', reportSettings],
  ['Attachments', attachmentSettings],
  ['Quotas of tenants', quotaSettings],
  ['Where tenants may connect', destinationSettings],
  ['The mailbox for bounces', bounceSettings],
  ['The dashboard', dashboardSettings],
];

const head = `# Configuration

\`npm run check\` writes this page from \`src/settings/\`. Do not edit it by hand.

Settings are variables of the environment, lines of a file \`.env\` in the working directory, or lines of an INI file:

    GMP_PORT=8025 mail-proxy serve --config mail-proxy.ini

    [server]
    port = 8000
    db_path = /var/lib/mail-proxy/mail.db

- A flag outweighs the environment, the environment outweighs \`.env\`, and \`.env\` outweighs the INI file (\`GMP_CONFIG\`).
- In the INI file a name stands in lower case and without \`GMP_\`, under \`[server]\`. Where a section's name is the first
  part of the name, it may be left out: \`host\` in \`[smtp]\` is \`GMP_SMTP_HOST\`.
- A **secret** may stand in a file of its own: \`GMP_API_TOKEN_FILE=/run/secrets/token\`.
- A start with a bad value is refused and names every bad one. \`mail-proxy config check\` does the same without a start,
  \`mail-proxy config show\` tells where each value comes from, and \`mail-proxy config set\` changes an instance.

## From when a change counts

After a change to \`.env\`, the INI file or a secret's file, send SIGHUP to the service. It takes over the settings that are
marked **reload** and logs the names of those that changed and need a restart. A bad value changes nothing: the log names
it, and the service runs on as before. In a terminal SIGHUP ends the service, because the terminal has gone.
`;

/** In the order of the source, in which related settings stand together. */
export function configurationPage(): string {
  const sections = topics.map(([title, settings]) => {
    const rows = Object.entries(settings).map(([field, setting]) => rowOf(field as keyof Settings, setting));
    return [
      `## ${title}\n`,
      '| setting | default | values | counts from | meaning |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return [head, ...sections, earlier()].join('\n');
}

function rowOf(field: keyof Settings, { name, schema, default: fallback, about, secret }: Setting<unknown>) {
  const cells = [
    `\`${name}\``,
    fallback === undefined ? 'unset' : `\`${fallback}\``,
    [schema.description ?? 'text', ...(secret ? ['**secret**'] : [])].join('; '),
    countsFrom(field),
    about,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function earlier(): string {
  const taken = Object.entries(earlierNames).map(([theirs, ours]) => `| \`${theirs}\` | \`${ours}\` |`);
  const idle = Object.entries(idleNames).map(([name, why]) => `| \`${name}\` | ${why} |`);
  return `## Names of genro-mail-proxy

Taken, with a warning, unless the name of today is set too:

| there | here |
| --- | --- |
${taken.join('\n')}

Without effect; the start says so:

| name | why |
| --- | --- |
${idle.join('\n')}
`;
}
