// The hosts that an account may keep without being checked again: those it has, and those the admin set.
import type { Needs } from '../context.js';

interface KnownHosts {
  host: (string | null)[];
  imap_host: (string | null)[];
}

export async function findKnownHosts(ctx: Needs<'db'>, tenantId: string, id: string): Promise<KnownHosts> {
  const found = await ctx.db.read.account.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (found === null) return { host: [], imap_host: [] };
  return { host: [found.host, found.adminHost], imap_host: [found.imapHost, found.adminImapHost] };
}
