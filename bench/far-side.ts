// The far side of the benchmark in a process of its own: an SMTP server and a tenant's application that only count.
import { startReportApp } from '../test/support/report-app.js';
import { startSmtpSink } from '../test/support/smtp-sink.js';

let delivered = 0;
let reported = 0;
let lastDeliveryAt = 0;
let lastReportAt = 0;

const sink = await startSmtpSink({
  keepMessages: false,
  onData: () => {
    delivered += 1;
    lastDeliveryAt = Date.now();
    return undefined;
  },
});
const app = await startReportApp({
  answer: (call) => {
    reported += (call.body as { delivery_report: unknown[] }).delivery_report.length;
    lastReportAt = Date.now();
    return undefined;
  },
});

process.on('message', (question) => {
  if (question === 'reset') {
    delivered = 0;
    reported = 0;
  }
  process.send?.({ delivered, reported, lastDeliveryAt, lastReportAt });
});
process.on('disconnect', () => process.exit());
process.send?.({ smtpPort: sink.port, reportUrl: app.url });
