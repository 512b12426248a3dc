// Stops the service of an instance: it finishes the sends in flight first, or with force ends at once.
import type { Clock } from '../../clock.js';
import { Fault } from '../../errors.js';
import type { Instance } from './instance.js';
import { forgetPid, pidOf, waitForEnd } from './running.js';

/** Longer than the grace time for sends in flight that most installations set. */
const drainMs = 120_000;
const killMs = 10_000;

/**
 * @param force kills it; the next start takes over the sends in flight
 * @returns false when it did not run
 * @throws Fault `conflict` when it does not end in time
 */
export async function stopInstance(
  ctx: { clock: Clock },
  { name, folder }: Instance,
  force: boolean,
): Promise<boolean> {
  const pid = pidOf(folder);
  if (pid !== undefined) {
    process.kill(pid, force ? 'SIGKILL' : 'SIGTERM');
    if (!(await waitForEnd(ctx.clock, folder, force ? killMs : drainMs))) {
      throw new Fault('conflict', `${name} has not stopped yet; mail-proxy stop ${name} --force kills it`);
    }
  }
  forgetPid(folder);
  return pid !== undefined;
}
