// Remembers what mails of an account met at its server lately, as evidence for whose fault a refusal is.
import { randomUUID } from 'node:crypto';
import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';

/** How long what one mail met says anything about the next. */
const memoryMs = 3_600_000;

/** The latest are enough to tell a sender or a recipient from the account. */
const mostRead = 50;

interface StoredEncounter {
  messagePk: string;
  /** The step that was refused; null: the mail was taken. */
  stage: string | null;
  isExplained: boolean;
  /** Whether the attempt counts against the retries of the message. */
  isCounted: boolean;
  /** JSON. */
  traits: string;
}

interface Remembered {
  /** The oldest first. */
  recent: StoredEncounter[];
  /** How many refused attempts at this message did not count against its retries. */
  uncounted: number;
}

/** @param revision of the account: what was met before it was changed says nothing */
export async function findEncounters(
  ctx: Needs<'db' | 'clock'>,
  owner: Owner,
  revision: string,
  messagePk: string,
): Promise<Remembered> {
  const where = { ...placeOf(owner), revision };
  const at = { gt: ctx.clock.now() - memoryMs };
  const recent = await ctx.db.read.encounter.findMany({
    where: { ...where, at },
    orderBy: { at: 'desc' },
    take: mostRead,
  });
  const own = { ...where, messagePk, stage: { not: null }, isCounted: false };
  return { recent: recent.reverse(), uncounted: await ctx.db.read.encounter.count({ where: own }) };
}

export async function noteEncounter(
  ctx: Needs<'db' | 'clock'>,
  owner: Owner,
  revision: string,
  met: StoredEncounter,
): Promise<void> {
  const at = ctx.clock.now();
  const data = { id: randomUUID(), ...placeOf(owner), revision, at, ...met };
  await ctx.db.writeModels((models) => [models.encounter.create({ data })]);
}

function placeOf({ tenantId, accountId }: Owner) {
  return { tenantId, accountId: accountId ?? '' };
}
