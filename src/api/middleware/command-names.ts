// The name of each route in the command log: the one genro-mail-proxy has, or a new one in the same style.

/** A route that is missing here is logged with method and path. */
const names: Record<string, string> = {
  'POST /commands/add-messages': 'addMessages',
  'POST /commands/delete-messages': 'deleteMessages',
  'POST /commands/cleanup-messages': 'cleanupMessages',
  'POST /commands/retry-messages': 'retryMessages',
  'POST /commands/cancel-messages': 'cancelMessages',
  'POST /commands/prioritize-messages': 'prioritizeMessages',
  'POST /bulk-changes/{id}/stop': 'stopBulkChange',
  'POST /commands/forget': 'forgetAddresses',
  'POST /commands/suspend': 'suspend',
  'POST /commands/activate': 'activate',
  'POST /commands/close-breaker': 'closeBreaker',
  'POST /commands/run-now': 'runNow',
  'POST /commands/replay-reports': 'replayReports',
  'POST /commands/revoke-links': 'revokeLinks',
  'POST /suppressions': 'addSuppressions',
  'DELETE /suppressions': 'removeSuppressions',
  'POST /account': 'addAccount',
  'PUT /account/{id}': 'updateAccount',
  'DELETE /account/{id}': 'deleteAccount',
  'POST /account/{id}/verify': 'verifyAccount',
  'POST /tenant': 'addTenant',
  'PUT /tenant/{id}': 'updateTenant',
  'DELETE /tenant/{id}': 'deleteTenant',
  'POST /tenant/{id}/api-key': 'createApiKey',
  'DELETE /tenant/{id}/api-key': 'revokeApiKey',
  'POST /tenant/{id}/webhook-secret': 'createWebhookSecret',
  'DELETE /tenant/{id}/webhook-secret': 'revokeWebhookSecret',
  'PUT /instance': 'updateInstance',
  'PUT /instance/bounce': 'updateBounce',
  'DELETE /instance/bounce': 'clearBounce',
  'POST /instance/bounce/reload': 'reloadBounce',
  'POST /instance/reload-bounce': 'reloadBounce',
  'POST /instance/rotate-secrets': 'rotateSecrets',
};

/** @param path in OpenAPI's form, or in that of Hono: `/tenant/:id` */
export function commandName(method: string, path: string): string {
  const route = `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;
  return names[route] ?? route;
}
