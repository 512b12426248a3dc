// Leads on from the overview while a tenant or an account is missing before the first mail can be sent.
import type { Context as HttpContext } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { CallApi } from '../call-api.js';
import { setupPaths } from './steps.js';

interface NextStep {
  path: string;
  /** What is missing. */
  missing: string;
  link: string;
}

/** @param tenants those that the viewer sees. With several of them, nothing is said of accounts. */
export async function findNextStep(
  c: HttpContext<ApiEnv>,
  callApi: CallApi,
  tenants: { id: string }[],
): Promise<NextStep | undefined> {
  const [first, second] = tenants;
  if (first === undefined)
    return { path: setupPaths.tenant, missing: 'There is no tenant yet.', link: 'Add the first tenant' };
  if (second !== undefined) return undefined;
  const query = `tenant_id=${encodeURIComponent(first.id)}`;
  const { body } = await callApi<{ accounts?: object[] }>(c, 'GET', `/accounts?${query}&limit=1`);
  if (body.accounts?.length !== 0) return undefined;
  return {
    path: `${setupPaths.account}?${query}`,
    missing: `Tenant ${first.id} has no account to send with yet.`,
    link: 'Add an account',
  };
}

export function NextStepLink({ step }: { step: NextStep | undefined }) {
  if (step === undefined) return null;
  return (
    <p class="notice">
      {step.missing} <a href={step.path}>{step.link}</a>
    </p>
  );
}
