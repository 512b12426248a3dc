// Times and counts what this process sends.
import { Gauge, Histogram, type Registry } from 'prom-client';

export function openProcessMetrics(register: Registry) {
  const registers = [register];
  const inFlight = new Gauge({
    name: 'gmp_sends_in_flight',
    help: 'SMTP transactions under way in this process: take sum().',
    registers,
  });
  const accepted = new Histogram({
    name: 'gmp_accept_to_sent_seconds',
    help: 'From the acceptance of a message to the reply that took it, with the time it was deferred on request.',
    buckets: [0.05, 0.25, 1, 5, 30, 300, 3600],
    registers,
  });
  const smtp = new Histogram({
    name: 'gmp_smtp_seconds',
    help: 'Handing over a message: the wait for a connection, its opening where there is none, the transaction.',
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120],
    registers,
  });
  return { inFlight, accepted, smtp };
}
