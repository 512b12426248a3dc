// Removes what a test has set up: at the end of the test, or of the file for what a beforeAll hook has set up.
import { afterAll, onTestFinished, TestRunner } from 'vitest';

type CleanUp = () => Promise<unknown>;

let ofThisFile: CleanUp[] = [];

export function removeAtEnd(cleanUp: CleanUp): void {
  if (TestRunner.getCurrentTest() === undefined) ofThisFile.push(cleanUp);
  else onTestFinished(async () => void (await cleanUp()));
}

/** Called by the set-up of every test file, outside of its tests. */
export function removeAfterFile(): void {
  afterAll(async () => {
    const cleanUps = ofThisFile.reverse();
    ofThisFile = [];
    for (const cleanUp of cleanUps) await cleanUp();
  });
}
