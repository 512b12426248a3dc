// The settings of how HTTP is served: who may call, how much at once, and how slowly.
import { z } from 'zod';
import { listOf, setting, unset, whole } from './setting.js';

const webOrigin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
    'is not an origin like https://app.example.com',
  );

export const httpSettings = {
  maxBodyMb: setting('GMP_MAX_BODY_MB', whole(1, 1024), '50', 'Largest request body, in MiB.'),
  maxBodiesMb: setting(
    'GMP_MAX_BODIES_MB',
    whole(1, 65_536),
    '100',
    'Request bodies over 1 MiB in memory at once, in MiB together; further ones wait their turn.',
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
    'Seconds for which a connection without requests is kept; longer than the proxy in front keeps it.',
  ),
  trustProxy: setting(
    'GMP_TRUST_PROXY',
    whole(0, 16),
    '0',
    'How many reverse proxies stand in front and add to X-Forwarded-For; 0: that header is not believed.',
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
    'Web origins whose pages may call the API from a browser, with commas between. Unset: none.',
  ),
};
