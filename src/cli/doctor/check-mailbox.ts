// Has the service log in to the mailbox for bounces and open its folder now, and tells how that ended.
import { systemClock } from '../../clock.js';
import { type Finding, ok, warning, wrong } from '../../doctor/finding.js';
import type { CallApi } from '../call-api.js';

interface Mailbox {
  enabled: boolean;
  imap_host?: string;
  imap_port: number;
  imap_folder: string;
  state: string;
  last_error?: string;
  last_error_ts?: number;
  last_read_ts?: number;
}

const check = 'bounce mailbox';
const patienceMs = 35_000;
const pollMs = 300;
/** The service tells times in seconds, so that an event after this is a later one. */
const secondMs = 1000;

/** The service does it, because it has the password and may stand in another network. */
export async function checkMailbox(api: CallApi): Promise<Finding> {
  const read = () => api<Mailbox>('GET', '/instance/bounce');
  const before = await read();
  const { enabled, imap_host: host, imap_port, imap_folder: folder } = before;
  if (!enabled) return ok(check, 'None is set up; see docs/bounces.md');
  if (host === undefined) {
    return wrong(check, 'It is on, but has no server', 'mail-proxy config bounce --imap-host HOST');
  }
  const name = `${host}:${imap_port}`;
  await systemClock.sleep(secondMs);
  await api('POST', '/instance/bounce/reload');
  const until = systemClock.monotonic() + patienceMs;
  for (;;) {
    const now = await read();
    if (isLater(now.last_error_ts, before.last_error_ts)) {
      const remedy =
        'Correct it: mail-proxy config bounce --imap-host HOST --imap-port PORT --imap-user USER';
      return wrong(check, `${name}: ${now.last_error}`, remedy);
    }
    if (isLater(now.last_read_ts, before.last_read_ts)) {
      return ok(check, `${name}: the login works, and ${folder} can be read`);
    }
    if (systemClock.monotonic() >= until) return notYet(name, now.state);
    await systemClock.sleep(pollMs);
  }
}

function isLater(one: number | undefined, other = 0): boolean {
  return one !== undefined && one > other;
}

function notYet(name: string, state: string): Finding {
  return state === 'reading'
    ? ok(check, `${name} is being read`)
    : warning(check, `${name}: no process has read it within ${patienceMs / 1000} s`, 'Is a worker running?');
}
