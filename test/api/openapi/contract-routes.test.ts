// Every route of the contract exists, with the callers that the contract names.
import { expect, test } from 'vitest';
import { knownRoutes } from '../contract/known-routes.js';

/** What each is for, who may call it besides the admin. A tenant's own token reaches its own tenant's things. */
const promised = {
  everyone: ['GET /health', 'GET /ready', 'GET /metrics', 'GET /openapi.json', 'GET /docs'],
  token: [
    'GET /status',
    'POST /commands/add-messages',
    'POST /commands/delete-messages',
    'POST /commands/cleanup-messages',
    'POST /commands/forget',
    'POST /commands/run-now',
    'POST /commands/suspend',
    'POST /commands/activate',
    'GET /messages',
    'GET /messages/{id}',
    'GET /messages/{id}/events',
    'POST /account',
    'GET /accounts',
    'GET /account/{id}',
    'PUT /account/{id}',
    'DELETE /account/{id}',
    'POST /account/{id}/verify',
    'GET /tenant/{id}',
    'PUT /tenant/{id}',
  ],
  admin: [
    'POST /tenant',
    'GET /tenants',
    'GET /tenants/sync-status',
    'DELETE /tenant/{id}',
    'POST /tenant/{id}/api-key',
    'DELETE /tenant/{id}/api-key',
    'GET /instance',
    'PUT /instance',
    'GET /instance/bounce',
    'PUT /instance/bounce',
    'POST /instance/bounce/reload',
    'POST /instance/reload-bounce',
    'POST /instance/rotate-secrets',
    'GET /command-log',
    'GET /command-log/export',
  ],
};

const all = Object.entries(promised).flatMap(([reach, routes]) => routes.map((route) => `${route} ${reach}`));

// That these are the routes of the running service, and their reach, is seen in authentication.test.ts.
test('Every route of the contract exists, for the callers that the contract names', () => {
  expect(all.filter((route) => !knownRoutes.includes(route))).toEqual([]);
});
