// Asks for /health every 20 ms, in a process of its own, so that the work of the benchmark does not count as latency.
import { Agent, get } from 'node:http';

const url = process.argv[2] ?? '';
const agent = new Agent({ keepAlive: true });
const took: number[] = [];
let isPaused = false;

function ask(): Promise<void> {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = () => {
      if (!isPaused) took.push(performance.now() - began);
      resolve();
    };
    get(url, { agent }, (response) => response.resume().once('end', end)).once('error', end);
  });
}

process.on('message', (said) => {
  isPaused = said === 'pause';
  if (said === 'times') process.send?.(took);
});
process.on('disconnect', () => process.exit());
for (;;) {
  await ask();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
