// The far side of a benchmark, in a process of its own: an SMTP server and a tenant's application that only count.
// Argument: milliseconds before the reply to a mail (0)
import { startReportApp } from '../test/support/servers/report-app.js';
import { startLeanSmtp } from './lean-smtp.js';

let delivered = 0;
let reported = 0;
let lastDeliveryAt = 0;
let lastReportAt = 0;
/** Milliseconds between each delivery and the delivery before it. */
let gaps: number[] = [];
/** Milliseconds from POST to delivery, for messages whose id ends in the time of the POST. */
let took: number[] = [];
/** The longest delay of a timer in this process: a gap as long as that is not the service's doing. */
let longestDelayMs = 0;

const sink = await startLeanSmtp({
  delayMs: Number(process.argv[2] ?? 0),
  onMail: (id) => {
    delivered += 1;
    const now = Date.now();
    if (delivered > 1) gaps.push(now - lastDeliveryAt);
    lastDeliveryAt = now;
    const [, at] = /-(\d{13})$/.exec(id) ?? [];
    if (at !== undefined) took.push(now - Number(at));
  },
});
const app = await startReportApp({
  answer: (call) => {
    reported += (call.body as { delivery_report: unknown[] }).delivery_report.length;
    lastReportAt = Date.now();
    return undefined;
  },
});

const tickMs = 10;
let tickedAt = Date.now();
setInterval(() => {
  longestDelayMs = Math.max(longestDelayMs, Date.now() - tickedAt - tickMs);
  tickedAt = Date.now();
}, tickMs);

process.on('message', (question) => {
  if (question === 'reset') {
    delivered = 0;
    reported = 0;
    gaps = [];
    took = [];
    longestDelayMs = 0;
  }
  const asked = question === 'times' ? { gaps, took, late: longestDelayMs } : {};
  process.send?.({ delivered, reported, lastDeliveryAt, lastReportAt, ...asked });
});
process.on('disconnect', () => process.exit());
process.send?.({ smtpPort: sink.port, reportUrl: app.url });
