// Time for services under test that runs faster than ours, with a wall clock that the test can set.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tempFolder } from './temp-folder.js';

export interface ServiceClock {
  /** How many of the services' seconds pass in one of ours. */
  readonly speed: number;
  /** For the environment of every service that shares this clock. */
  readonly env: Record<string, string>;
  /** What the services' wall clock shows, once it was not set: milliseconds since the epoch. */
  now(): number;
  /** Sets the wall clock of all of them, before or ahead of where it would be; their monotonic clock goes on evenly. */
  setAhead(ms: number): Promise<void>;
  remove(): Promise<void>;
}

const module = new URL('test-clock.mjs', import.meta.url);

/** TEST_CLOCK_SPEED=1 in the environment lets them run as slowly as ours. */
export async function serviceClock(fastest: number): Promise<ServiceClock> {
  const speed = Math.min(fastest, Number(process.env.TEST_CLOCK_SPEED ?? fastest));
  const folder = await tempFolder('clock');
  const step = join(folder.path, 'step');
  const epoch = Date.now();
  const setAhead = (ms: number) => writeFile(step, String(ms));
  await setAhead(0);
  return {
    speed,
    env: {
      NODE_OPTIONS: `--import=${pathToFileURL(fileURLToPath(module)).href}`,
      TEST_CLOCK_SPEED: String(speed),
      TEST_CLOCK_EPOCH: String(epoch),
      TEST_CLOCK_STEP: step,
    },
    now: () => epoch + (Date.now() - epoch) * speed,
    setAhead,
    remove: folder.remove,
  };
}
