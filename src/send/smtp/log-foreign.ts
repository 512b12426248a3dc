// Logs what a server said that is no SMTP reply, because the operator alone may read it.
import type { Needs } from '../../context.js';
import { SmtpFault } from '../judge/fault.js';

/** @param names the tenant and account of the line */
export function logForeign(
  { log }: Needs<'log'>,
  error: unknown,
  names: Record<string, string | number | null>,
): void {
  if (!(error instanceof SmtpFault)) return;
  const { foreign, ofAnother } = error.facts;
  // An attempt that waited for another one's connection would only repeat its line.
  if (foreign === undefined || ofAnother) return;
  log.warn(
    { event: 'smtp.no_mail_server', ...names, said: foreign },
    `A server does not speak SMTP: ${foreign}`,
  );
}
