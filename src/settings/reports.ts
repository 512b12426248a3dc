// The settings of delivery reports: where they go, how often, and how long messages stay afterwards.
import { z } from 'zod';
import { httpUrl, secret, setting, unset, whole } from './setting.js';

export const reportSettings = {
  reportTimeoutSeconds: setting(
    'GMP_REPORT_TIMEOUT_SECONDS',
    whole(1, 600),
    '30',
    "Seconds a tenant's application has to answer a delivery report.",
  ),
  reportConnectTimeoutSeconds: setting(
    'GMP_REPORT_CONNECT_TIMEOUT_SECONDS',
    whole(1, 600),
    '5',
    "Seconds of GMP_REPORT_TIMEOUT_SECONDS in which the connection to a tenant's application must be made, from the name lookup to the TLS handshake.",
  ),
  reportBatchSize: setting(
    'GMP_REPORT_BATCH_SIZE',
    whole(1, 10_000),
    '500',
    'Most events in one delivery report.',
  ),
  syncIntervalSeconds: setting(
    'GMP_SYNC_INTERVAL_SECONDS',
    whole(1, 86_400),
    '300',
    "Seconds between two calls of a tenant's application when there is nothing to report; also the longest wait between two attempts at a report that fails.",
  ),
  clientSyncUrl: unset(
    'GMP_CLIENT_SYNC_URL',
    httpUrl,
    'Complete URL for the delivery reports of tenants without an endpoint of their own. Unset: their reports wait.',
  ),
  clientSyncToken: secret('GMP_CLIENT_SYNC_TOKEN', z.string(), 'Bearer token for GMP_CLIENT_SYNC_URL.'),
  clientSyncUser: unset(
    'GMP_CLIENT_SYNC_USER',
    z.string(),
    'User for GMP_CLIENT_SYNC_URL when no token is set.',
  ),
  clientSyncPassword: secret('GMP_CLIENT_SYNC_PASSWORD', z.string(), 'Password of GMP_CLIENT_SYNC_USER.'),
  reportHandler: unset(
    'GMP_REPORT_HANDLER',
    z.string(),
    'JavaScript module whose default export receives every report instead of any endpoint; see examples/report-handlers.',
  ),
  deliveryReportRetentionSeconds: setting(
    'GMP_DELIVERY_REPORT_RETENTION_SECONDS',
    whole(0, 315_360_000),
    '604800',
    'Seconds a message stays after its final status was reported; twice as long after the final status when there is no endpoint to report to.',
  ),
};
