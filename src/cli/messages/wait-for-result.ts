// Follows a message until it is sent or failed, with a spinner on a terminal.
import { systemClock } from '../../clock.js';
import { isInteractive } from '../ask.js';
import type { CallApi } from '../call-api.js';

interface Result {
  status: string;
  error?: string;
  deferred_reason?: string;
}

const pollMs = 300;

/** @throws Fault when the service does not answer. Ctrl-C ends the command and changes nothing of the message. */
export async function waitForResult(api: CallApi, id: string, tenantId: string | undefined): Promise<Result> {
  const spinner = isInteractive() ? (await import('@clack/prompts')).spinner({ onCancel: leave }) : undefined;
  process.once('SIGINT', leave);
  function leave(): void {
    process.stderr.write(`No longer waiting; ${id} is still queued: mail-proxy messages explain ${id}\n`);
    process.exit(1);
  }
  spinner?.start(`${id} is queued`);
  for (;;) {
    const query = { tenant_id: tenantId };
    const result = await api<Result>('GET', `/messages/${encodeURIComponent(id)}`, { query });
    if (result.status === 'sent' || result.status === 'error') {
      process.off('SIGINT', leave);
      spinner?.stop(`${id}: ${result.status}`);
      return result;
    }
    const reason = result.deferred_reason === undefined ? '' : `: ${result.deferred_reason}`;
    spinner?.message(`${id}: ${result.status}${reason}`);
    await systemClock.sleep(pollMs);
  }
}
