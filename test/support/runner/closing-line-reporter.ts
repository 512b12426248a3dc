// Prints "N passed, N failed" (and "N skipped", if any) as the very last line, in agreement with the exit code.
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export class ClosingLineReporter implements Reporter {
  #counts: Counts | undefined;

  onInit(): void {
    process.once('exit', (code) => console.log(closingLine(this.#counts, code)));
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    this.#counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) count(module, this.#counts);
  }
}

/** A run that failed without a failing test (no test found, a tear-down that threw) counts as one failure. */
function closingLine(counts: Counts | undefined, exitCode: number): string {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const shown = failed === 0 && exitCode !== 0 ? 1 : failed;
  return `${passed} passed, ${shown} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** A file or suite that breaks outside its tests (import, beforeAll) counts as one failure beside them. */
function count(entry: TestModule | TestSuite | TestCase, counts: Counts): void {
  if (entry.type === 'test') {
    const { state } = entry.result();
    counts[state === 'pending' ? 'skipped' : state]++;
    return;
  }
  if (entry.errors().length > 0) counts.failed++;
  for (const child of entry.children) count(child, counts);
}

export default ClosingLineReporter;
