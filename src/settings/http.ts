// The settings of the HTTP API: where it listens, who may call it, how much at once, and how slowly.
import { z } from 'zod';
import { listOf, secret, setting, unset, whole } from './setting.js';

/** An origin exactly as a browser sends it: without path and trailing slash. Otherwise it would never match. */
const webOrigin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
    'is not an origin like https://app.example.com',
  )
  .describe('origins like https://app.example.com');

export const httpSettings = {
  host: setting('GMP_HOST', z.string(), '127.0.0.1', 'Address the HTTP API listens on.'),
  port: setting('GMP_PORT', whole(0, 65535), '8000', 'Port the HTTP API listens on; 0 takes a free port.'),
  apiToken: secret(
    'GMP_API_TOKEN',
    z.string().min(8, 'is shorter than 8 characters').describe('8 characters or more'),
    'Admin token. Unset: generated at the first start and written to GMP_ADMIN_TOKEN_FILE.',
  ),
  metricsToken: secret(
    'GMP_METRICS_TOKEN',
    z.string().min(8, 'is shorter than 8 characters').describe('8 characters or more'),
    'Token for GET /metrics. Unset: the metrics are open to everyone.',
  ),
  maxBodyMb: setting('GMP_MAX_BODY_MB', whole(1, 1024), '50', 'Largest request body, in MiB.'),
  maxPayloadsMb: setting(
    'GMP_MAX_PAYLOADS_MB',
    whole(1, 65_536),
    '200',
    'Memory for payloads that wait for the other side (request bodies, answers, mails, reports), in MiB, but at least twice GMP_MAX_BODY_MB; others wait.',
  ),
  maxConnections: setting(
    'GMP_HTTP_MAX_CONNECTIONS',
    whole(10, 100_000),
    '4000',
    'Connections to the HTTP API at once; further ones are closed.',
  ),
  maxConnectionsPerAddress: setting(
    'GMP_HTTP_MAX_CONNECTIONS_PER_ADDRESS',
    whole(1, 100_000),
    '3000',
    'Of these, connections from one address; all callers behind a reverse proxy have its address.',
  ),
  headersTimeoutSeconds: setting(
    'GMP_HTTP_HEADERS_TIMEOUT_SECONDS',
    whole(1, 3600),
    '15',
    "Seconds in which a request's headers must have arrived.",
  ),
  requestTimeoutSeconds: setting(
    'GMP_HTTP_REQUEST_TIMEOUT_SECONDS',
    whole(1, 86_400),
    '120',
    'Seconds in which a whole request must have arrived.',
  ),
  keepAliveSeconds: setting(
    'GMP_HTTP_KEEP_ALIVE_SECONDS',
    whole(1, 3600),
    '65',
    'Seconds an idle connection stays open; set it longer than the proxy in front does.',
  ),
  trustProxy: setting(
    'GMP_TRUST_PROXY',
    whole(0, 16),
    '0',
    'Number of reverse proxies in front that add to X-Forwarded-For; 0: the header is ignored.',
  ),
  maxFailedTokens: setting(
    'GMP_MAX_FAILED_TOKENS',
    whole(0, 1_000_000),
    '30',
    'Calls with a wrong token that an address may make in a minute; 0: any number.',
  ),
  corsOrigins: unset(
    'GMP_CORS_ORIGINS',
    listOf(webOrigin),
    'Web origins whose pages may call the API from a browser, separated by commas. Unset: none.',
  ),
};
