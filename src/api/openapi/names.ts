// What a path means in the OpenAPI document: the heading its route stands under, and what its id names.
import { z } from '@hono/zod-openapi';

/** In the order in which they are shown. */
export const tags = [
  { name: 'Messages', description: 'Hand in mail, see what became of it, take it back.' },
  { name: 'Sending', description: 'Stop and start sending, and have it go on at once.' },
  { name: 'Accounts', description: 'The SMTP accounts through which a tenant sends.' },
  { name: 'Tenants', description: 'The applications that hand in mail, and their tokens.' },
  { name: 'Instance', description: 'Settings of the whole installation.' },
  { name: 'Audit', description: 'Who changed what, when.' },
  { name: 'Service', description: 'How the process is doing, and what it can do.' },
] as const;

type Tag = (typeof tags)[number]['name'];

/** By the first segment of the path. */
const tagOfSegment: Record<string, Tag> = {
  messages: 'Messages',
  'commands/add-messages': 'Messages',
  'commands/delete-messages': 'Messages',
  'commands/cleanup-messages': 'Messages',
  'commands/retry-messages': 'Messages',
  'commands/cancel-messages': 'Messages',
  'commands/prioritize-messages': 'Messages',
  'bulk-changes': 'Messages',
  'commands/forget': 'Messages',
  'commands/replay-reports': 'Messages',
  'commands/revoke-links': 'Messages',
  download: 'Messages',
  events: 'Messages',
  bounces: 'Messages',
  suppressions: 'Messages',
  commands: 'Sending',
  account: 'Accounts',
  accounts: 'Accounts',
  tenant: 'Tenants',
  tenants: 'Tenants',
  instance: 'Instance',
  'command-log': 'Audit',
};

/** The heading under which a route stands. */
export function tagOf(path: string): Tag {
  const [first = '', second = ''] = path.split('/').slice(1);
  return tagOfSegment[`${first}/${second}`] ?? tagOfSegment[first] ?? 'Service';
}

/** What `{id}` names, by the first segment of the path. */
const ids: Record<string, z.ZodType> = {
  messages: z.string().max(255).describe('Id of the message, as its tenant chose it.'),
  account: z.string().max(255).describe('Id of the account, unique within its tenant.'),
  tenant: z.string().max(64).describe('Id of the tenant.'),
  'bulk-changes': z.string().max(64).describe('Id of the change, as the call that began it was answered.'),
};
/** Real ids instead of placeholders, so that calls can be tried out on the docs page. */
const examples: Record<string, string> = {
  messages: 'order-1',
  account: 'main',
  tenant: 'shop',
  'bulk-changes': '6a1f4c1e',
};

const downloadIds = z.object({
  token: z.string().describe('As it stands in the link.'),
  name: z.string().describe('The name of the file.'),
});

/** The ids in a path; undefined when there are none. */
export function pathIds(path: string): z.ZodObject | undefined {
  if (path.startsWith('/download/')) return downloadIds;
  const first = path.split('/')[1] ?? '';
  const id = ids[first];
  if (!path.includes('{id}') || id === undefined) return undefined;
  return z.object({ id: id.openapi({ param: { example: examples[first] } }) });
}
