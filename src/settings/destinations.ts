// The settings of what tenants may have the service connect to. What the operator or the admin named is not bound by them.
import { z } from 'zod';
import { readPortList } from '../dial/port-list.js';
import { readPrivateNetworks } from '../dial/private-networks.js';
import { setting } from './setting.js';

const networks = z
  .string()
  .transform((text, issue) => {
    const read = readPrivateNetworks(text);
    if (read !== undefined) return read;
    issue.addIssue('is not deny, allow or a list of CIDRs like 10.0.0.0/8,fd00::/8');
    return z.NEVER;
  })
  .describe('deny, allow, or a list of CIDRs');

const ports = z
  .string()
  .transform((text, issue) => {
    const read = readPortList(text);
    if (read !== undefined) return read;
    issue.addIssue('is not a list of ports like 80,443,1024-65535');
    return z.NEVER;
  })
  .describe('list of ports and ranges');

export const destinationSettings = {
  privateNetworks: setting(
    'GMP_PRIVATE_NETWORKS',
    networks,
    'deny',
    'Networks beside the internet that mail servers and endpoints set with a tenant token may be in: deny (none), allow (any), or CIDRs separated by commas. What the admin sets may be anywhere.',
  ),
  tenantSmtpPorts: setting(
    'GMP_TENANT_SMTP_PORTS',
    ports,
    '25,465,587,2525',
    'Ports that mail servers set with a tenant token may have.',
  ),
  tenantImapPorts: setting(
    'GMP_TENANT_IMAP_PORTS',
    ports,
    '143,993',
    'Ports that servers of mailboxes for bounces set with a tenant token may have.',
  ),
  tenantHttpPorts: setting(
    'GMP_TENANT_HTTP_PORTS',
    ports,
    '80,443,1024-65535',
    'Ports that endpoints set with a tenant token may have.',
  ),
};
