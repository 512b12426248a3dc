// Loaded into a service by NODE_OPTIONS=--import: its time runs faster, and its wall clock steps when a file says so.
// Wall clock, monotonic clock and timers run faster alike, so to the service all is as ever, but for what its work and
// the answers of others take: those seem slower. A step moves the wall clock alone.
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { promisify } from 'node:util';

const { TEST_CLOCK_SPEED, TEST_CLOCK_EPOCH, TEST_CLOCK_STEP } = process.env;
const speed = Number(TEST_CLOCK_SPEED);
const epoch = Number(TEST_CLOCK_EPOCH);
const lookEveryMs = 20;

const RealDate = Date;
const realNow = Date.now;
const realBigint = process.hrtime.bigint;
let stepMs = 0;
let lookedAt = 0n;

function now() {
  const at = realBigint();
  if (at - lookedAt > BigInt(lookEveryMs) * 1_000_000n) {
    lookedAt = at;
    stepMs = Number(readFileSync(TEST_CLOCK_STEP, 'utf8'));
  }
  return Math.floor(epoch + (realNow() - epoch) * speed + stepMs);
}

RealDate.now = now;
globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [now()] : args, as),
});
process.hrtime.bigint = () => realBigint() * BigInt(speed);

for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name];
  globalThis[name] = (task, ms, ...args) => real(task, ms / speed, ...args);
}
const realDelay = timers.setTimeout;
timers.setTimeout = (ms, ...args) => realDelay(ms / speed, ...args);
globalThis.setTimeout[promisify.custom] = timers.setTimeout;
syncBuiltinESMExports();
