// Follows a message until it is sent or failed, with a spinner on a terminal.
import { systemClock } from '../../clock.js';
import type { CallApi } from '../call-api.js';
import { openSpinner } from '../output/spinner.js';

interface Result {
  status: string;
  error?: string;
  deferred_reason?: string;
}

const pollMs = 300;

/** @throws Fault when the service does not answer. Ctrl-C ends the command and changes nothing of the message. */
export async function waitForResult(api: CallApi, id: string, tenantId: string | undefined): Promise<Result> {
  const spinner = openSpinner();
  process.once('SIGINT', leave);
  function leave(): void {
    spinner.end();
    process.stderr.write(`No longer waiting; ${id} is still queued: mail-proxy messages explain ${id}\n`);
    process.exit(1);
  }
  try {
    for (;;) {
      const query = { tenant_id: tenantId };
      const result = await api<Result>('GET', `/messages/${encodeURIComponent(id)}`, { query });
      if (result.status === 'sent' || result.status === 'error') return result;
      const reason = result.deferred_reason === undefined ? '' : `: ${result.deferred_reason}`;
      spinner.show(`${id}: ${result.status}${reason}`);
      await systemClock.sleep(pollMs);
    }
  } finally {
    process.off('SIGINT', leave);
    spinner.end();
  }
}
