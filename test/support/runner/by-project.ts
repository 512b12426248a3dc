// Runs the files of a project one after the other, because a fork is kept only for a file of the same project.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The projects in the order of their start: that with the longest files first. */
const order = ['plain', 'sqlite', 'postgresql'];

/** Files that take longest; started last, they would run alone at the end. */
const longest = /test\/(faults|flow\/limits)\//;

export class ByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ project, moduleId }: TestSpecification) =>
      2 * order.indexOf(project.name) + (longest.test(moduleId) ? 0 : 1);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
