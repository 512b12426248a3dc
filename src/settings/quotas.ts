// The settings of quotas: what a tenant may have and do at once, unless the admin sets `limits` for it.
import { setting, whole } from './setting.js';

/** 0: any number. What happens at once counts for each process by itself. */
export const quotaSettings = {
  tenantMaxAccounts: setting(
    'GMP_TENANT_MAX_ACCOUNTS',
    whole(0, 1_000_000),
    '10000',
    'Accounts that a tenant may have, unless its limits say otherwise; 0: any number.',
  ),
  tenantMaxQueued: setting(
    'GMP_TENANT_MAX_QUEUED',
    whole(0, 1_000_000_000),
    '1000000',
    'Messages not sent yet that a tenant may have, unless its limits say otherwise; 0: any number.',
  ),
  tenantMaxStoredMb: setting(
    'GMP_TENANT_MAX_STORED_MB',
    whole(0, 1_000_000_000),
    '20480',
    'MiB that the contents of all messages of a tenant may take, sent ones included until they are removed, unless its limits say otherwise; 0: any number.',
  ),
  tenantMaxConcurrentSends: setting(
    'GMP_TENANT_MAX_CONCURRENT_SENDS',
    whole(0, 100_000),
    '500',
    'Sends of a tenant in flight at once in this process, unless its limits say otherwise; never more than a quarter of all. 0: a quarter of all.',
  ),
  tenantMaxConcurrentCalls: setting(
    'GMP_TENANT_MAX_CONCURRENT_CALLS',
    whole(0, 100_000),
    '200',
    'API calls of a tenant at once in this process, unless its limits say otherwise; 0: any number.',
  ),
  tenantMaxSuppressions: setting(
    'GMP_TENANT_MAX_SUPPRESSIONS',
    whole(0, 100_000_000),
    '250000',
    'Addresses that a tenant may have on its suppression list before calls that would add more are refused; 0: any number. The service itself goes on adding.',
  ),
};
