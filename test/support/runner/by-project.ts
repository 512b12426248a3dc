// Runs the files of a project one after the other, because a fork is kept only for a file of the same project.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The projects in the order of their start: that with the longest files first. */
const order = ['plain', 'sqlite', 'postgresql'];

/** Files that take longest, the longest first; started last, they would run alone at the end. */
const longest = [
  'flow/limits/windows',
  'faults/backlog-kept',
  'flow/sending/in-doubt',
  'flow/durability/kill-loop',
  'flow/reports/report-kills',
  'faults/postgresql-hanging',
  'flow/durability/stop',
  'flow/durability/durable',
  'report/report-answers',
  'store/limits/send-log',
  'flow/sending/two-processes',
  'flow/sending/order-after-loss',
  'flow/reports/sync-calls',
  'send/smtp/toxic-servers',
  'boot/embedded',
  'flow/changes/delete-many',
  'flow/reports/report-crowd',
  'flow/sending/breaker',
  'flow/refusals/connection-limit',
  'flow/attachments/attachments',
  'flow/refusals/one-message',
  'flow/sending/many-accounts',
  'flow/sending/found-again',
  'flow/durability/restored',
].map((path) => `/test/${path}.test.ts`);

export class ByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ project, moduleId }: TestSpecification): number {
  const place = longest.findIndex((path) => moduleId.endsWith(path));
  return (longest.length + 1) * order.indexOf(project.name) + (place < 0 ? longest.length : place);
}
