// Decides whether a reply about the account opens its breaker, or is put down to the message that met it.
import { expiringMap } from '../concurrency/expiring-map.js';
import { ownerKey } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import { findEncounters, noteEncounter } from '../store/accounts/encounters.js';
import { perDatabase } from '../store/db/per-database.js';
import type { Attempt } from './attempt-result.js';
import type { DeliverNeeds } from './delivery.js';
import type { Outcome } from './judge/judge-reply.js';
import { traitsOf } from './judge/traits-of.js';
import { type Evidence, weigh } from './judge/weigh.js';
import type { Encounter, Stage, Traits } from './judge/whose-refusal.js';

/** How an attempt ended that was made. */
type Tried = Exclude<Outcome, { kind: 'no_room' }>;

/** `isNoted`: the refusal is the message's own, and other messages go on. */
type Weighed = { outcome: Tried; isNoted?: true };

export async function weighRefusal(ctx: DeliverNeeds, attempt: Attempt, outcome: Tried): Promise<Weighed> {
  if (outcome.kind === 'sent') await noteTaken(ctx, attempt, outcome.recipients);
  if (outcome.kind !== 'account_refused' || outcome.at === 'session') return { outcome };
  const traits = traitsOf(attempt, outcome.at === 'recipient' ? refusedOf(outcome.recipients) : undefined);
  const weighed = weigh(outcome, traits, await remembered(ctx, attempt));
  refused(ctx).set(ownerKey(attempt.owner), true);
  if (weighed.met) await remember(ctx, attempt, weighed.met);
  return { outcome: weighed.outcome, ...(weighed.outcome.kind === 'deferred' && { isNoted: true }) };
}

type Recipients = { address: string; status: string }[];

/** How long a refusal is remembered in this process, as long as no mail of the account is taken. */
const memoryMs = 3_600_000;

/** The accounts of which this process has met a refusal since it last noted a mail that was taken. */
const refused = perDatabase(({ clock }: DeliverNeeds) => expiringMap<true>(clock, memoryMs));

/** A mail that is taken tells something only where others were refused before, perhaps while it was on its way. */
async function noteTaken(ctx: DeliverNeeds, attempt: Attempt, recipients: Recipients): Promise<void> {
  const owner = ownerKey(attempt.owner);
  if (attempt.message.failuresSoFar === undefined && refused(ctx).get(owner) === undefined) return;
  refused(ctx).delete(owner);
  const taken = recipients.filter(({ status }) => status === 'sent').map(({ address }) => address);
  const facts = { stage: undefined, isExplained: false, isCounted: true };
  await remember(ctx, attempt, { ...traitsOf(attempt, taken), ...facts });
}

function refusedOf(recipients: Recipients | undefined): string[] | undefined {
  return recipients?.filter(({ status }) => status === 'deferred').map(({ address }) => address);
}

/** A fault here must not cost the result of the attempt. Without an answer nothing is known of other messages. */
async function remembered(ctx: DeliverNeeds, { owner, account, message }: Attempt): Promise<Evidence> {
  const revision = account?.version ?? message.accountRevision;
  if (revision === undefined) return { history: [], uncounted: 0 };
  try {
    const { recent, uncounted } = await findEncounters(ctx, owner, revision, message.pk);
    const history = recent.map(({ stage, isExplained, traits }) => ({
      ...(JSON.parse(traits) as Traits),
      stage: (stage ?? undefined) as Stage | undefined,
      isExplained,
    }));
    return { history, uncounted };
  } catch (error) {
    const facts = { event: 'account.encounters_not_read', tenant: owner.tenantId, reason: reasonOf(error) };
    ctx.log.warn(facts, 'Earlier refusals could not be read');
    return { history: [], uncounted: 0 };
  }
}

async function remember(
  ctx: DeliverNeeds,
  { owner, account, message }: Attempt,
  { stage, isExplained, isCounted, ...traits }: Encounter & { isCounted: boolean },
): Promise<void> {
  const revision = account?.version ?? message.accountRevision;
  if (revision === undefined) return;
  const met = { messagePk: message.pk, stage: stage ?? null, isExplained, isCounted };
  try {
    await noteEncounter(ctx, owner, revision, { ...met, traits: JSON.stringify(traits) });
  } catch (error) {
    const facts = { event: 'account.encounter_not_stored', tenant: owner.tenantId, reason: reasonOf(error) };
    ctx.log.warn(facts, 'What a mail met at its server could not be stored');
  }
}
