// Runs the files of a project one after the other, because a fork is kept only for a file of the same project.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The projects in the order of their start: that with the longest files first. */
const order = ['plain', 'sqlite', 'postgresql'];

/** Files that take longest, the longest first; started last, they would run alone at the end. */
const longest = [
  'flow/durability/kill-loop',
  'flow/limits/windows',
  'flow/durability/stop',
  'boot/embedded',
  'flow/sending/in-doubt',
  'flow/reports/report-kills',
  'flow/limits/suspend',
  'flow/durability/durable',
  'flow/sending/idempotency',
  'faults/postgresql-hanging',
  'flow/changes/delete-many',
  'flow/refusals/connection-limit',
  'faults/backlog-kept',
  'flow/attachments/killed',
  'api/middleware/hostile-bodies',
  'flow/sending/replace',
  'cli/entities',
  'report/report-answers',
  'flow/refusals/one-message',
  'flow/limits/tenant-limits',
  'flow/reports/report-crowd',
  'flow/sending/many-accounts',
  'flow/sending/two-processes',
  'flow/sending/breaker',
  'cli/instances',
  'interop/limits',
  'flow/durability/kill-mid-call',
  'flow/reports/sync-calls',
  'api/routes/metrics',
  'send/smtp/toxic-servers',
  'flow/sending/found-again',
  'flow/sending/order-after-loss',
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
