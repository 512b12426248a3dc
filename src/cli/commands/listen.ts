// mail-proxy listen: receives the reports of a tenant during development, and passes them on to an application.
import { Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { Fault } from '../../errors.js';
import { ApiCommand, tenantFlag } from '../api-command.js';
import { Missing, readSecret } from '../ask.js';
import { type Borrowed, borrowEndpoint, hasLogin } from '../listen/borrow-endpoint.js';
import { type ReceiveSettings, type Report, receiveReports } from '../listen/receive-reports.js';
import { printable } from '../output/print-rows.js';

export default class Listen extends ApiCommand {
  static override summary = 'Receive the reports of a tenant here, and pass them on to an application';
  static override description =
    'Needs the admin token. The tenant reports to this command until Ctrl-C, and then to where it did before. Each report ' +
    'is verified. A tenant without a webhook secret has one for the while, which is printed.';
  static override examples = [
    '<%= config.bin %> listen --tenant shop --forward-to http://127.0.0.1:3000/mail-proxy/sync',
    '<%= config.bin %> listen --tenant shop',
  ];
  // Prints each event as it comes.
  static override enableJsonFlag = false;
  static override flags = {
    ...tenantFlag,
    'forward-to': Flags.string({
      description: 'Complete URL of the application; else reports are acknowledged here.',
    }),
    host: Flags.string({ description: 'Address to listen on.', default: '127.0.0.1' }),
    port: Flags.integer({
      description: 'Port to listen on; else a free one.',
      default: 0,
      min: 0,
      max: 65_535,
    }),
    'public-url': Flags.string({
      description: 'How the service reaches this machine, if it runs elsewhere.',
    }),
    'secret-file': Flags.string({
      description: 'File with the webhook secret of the tenant, if it has one.',
    }),
    'auth-secret-file': Flags.string({
      description: 'File with the token or password of the application, if it has one.',
    }),
    json: Flags.boolean({ description: 'Print each event as a line of JSON.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Listen);
    const forwardTo = flags['forward-to'];
    if (forwardTo !== undefined && !URL.canParse(forwardTo))
      throw new Missing(`--forward-to "${forwardTo}" is no URL`);
    const [own, login] = [flags['secret-file'], flags['auth-secret-file']].map(
      (file) => file && readSecret(file),
    );
    const api = this.connect(flags);
    const tenant = await this.tenantOf(api, flags);
    if (tenant === undefined)
      throw new Fault('bad_request', 'Only the admin token can move the endpoint of a tenant');
    if (login === undefined && (await hasLogin(api, tenant)))
      throw new Missing(
        `${tenant} logs in to its application; add --auth-secret-file with its token or password`,
      );
    const stopped = stopSignal();
    const settings: ReceiveSettings = {
      host: flags.host,
      port: flags.port,
      ...(forwardTo !== undefined && { forwardTo }),
      ...(own !== undefined && { secret: own }),
    };
    const receiving = await receiveReports({ clock: systemClock }, settings, (report) =>
      this.#show(report, flags.json),
    );
    const url = flags['public-url'] ?? `http://${flags.host}:${receiving.port}`;
    try {
      await this.#moveWhile(
        stopped,
        () => borrowEndpoint(api, tenant, url, login),
        (secret) => {
          if (secret !== undefined) settings.secret = secret;
          const onwards = forwardTo === undefined ? '' : `, on to ${forwardTo}`;
          this.logToStderr(`${tenant} reports to ${url}${onwards}; Ctrl-C ends it`);
          if (secret !== undefined) this.logToStderr(`Webhook secret: ${secret}`);
        },
      );
      this.logToStderr(`${tenant} reports to where it did before`);
    } finally {
      await receiving.close();
    }
  }

  #show({ entries, signature, status }: Report, asJson: boolean): void {
    if (!asJson) this.log(`${entries.length} events, signature ${signature}, answered ${status}`);
    for (const entry of entries) this.log(asJson ? JSON.stringify(entry) : `  ${lineOf(entry)}`);
  }

  async #moveWhile(
    stopped: Promise<void>,
    borrow: () => Promise<Borrowed>,
    begin: (secret: string | undefined) => void,
  ): Promise<void> {
    const borrowed = await borrow();
    try {
      begin(borrowed.secret);
      await stopped;
    } finally {
      await borrowed.putBack();
    }
  }
}

/** Also when the terminal is closed, because the tenant's endpoint must be put back. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

function lineOf({ event_type, id, error, bounce_reason, deferred_reason }: Record<string, unknown>): string {
  const reason = error ?? bounce_reason ?? deferred_reason;
  return printable(`${event_type}  ${id}${reason === undefined ? '' : `  ${reason}`}`);
}
