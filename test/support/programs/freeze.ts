// Stops a program with all its children where they stand, as a hanging disk or a paused machine does, and lets them go on.
import { readdirSync, readFileSync } from 'node:fs';

/** @returns lets it go on */
export function freeze(pid: number): () => void {
  const frozen: number[] = [];
  // The parent first: it starts nothing more.
  for (const one of familyOf(pid)) {
    process.kill(one, 'SIGSTOP');
    frozen.push(one);
  }
  return () => {
    for (const one of frozen.splice(0).reverse()) process.kill(one, 'SIGCONT');
  };
}

function* familyOf(pid: number): Generator<number> {
  yield pid;
  for (const child of childrenOf(pid)) yield* familyOf(child);
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    // pid (name) state ppid: the name may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}
