// Records how an attempt ended, whatever the database makes of its details, and says whether the record stands.
import { inDoubt } from '../domain/in-doubt.js';
import type { ClaimedMessage } from '../store/messages/claim.js';
import {
  type AttemptResult,
  findEnd,
  type NewEvent,
  recordBatched,
} from '../store/messages/record-results.js';
import type { DeliverNeeds } from './delivery.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';

const unrecordable = 'The details of this attempt could not be recorded';

/**
 * The mail may have left, so the result waits for the database for as long as this process lives. A database that
 * refuses the result is given the result without its texts: a mail that was sent must not be sent again because of
 * the text of a reply.
 * @returns false when the message was deleted, replaced or released during the attempt
 * @throws when the database refuses that, too; the message then stays `sending` until this process ends, and counts as
 *   in doubt
 */
export async function recordResult(
  ctx: DeliverNeeds,
  message: ClaimedMessage,
  result: AttemptResult,
): Promise<boolean> {
  return (await write(ctx, message, result)) || isRecorded(ctx, message);
}

async function write(ctx: DeliverNeeds, message: ClaimedMessage, result: AttemptResult): Promise<boolean> {
  try {
    return await retryWhileUnavailable(ctx, () => recordBatched(ctx, result));
  } catch (error) {
    const facts = { event: 'attempt.result_refused', tenant: message.tenantId, id: message.id, err: error };
    ctx.log.error(facts, 'The database refused the result of an attempt; recording it without its texts');
    return retryWhileUnavailable(ctx, () => recordBatched(ctx, withoutTexts(result)));
  }
}

/** Statuses, times and flags stay. */
function withoutTexts(result: AttemptResult): AttemptResult {
  const { recipients, transcript: _leftOut, ...others } = result;
  return {
    ...others,
    ...('error' in result && { error: unrecordable }),
    ...(recipients && { recipients: recipients.map(({ address, status }) => ({ address, status })) }),
    events: result.events.map(
      (event): NewEvent => ({
        ...event,
        description: event.description === inDoubt ? inDoubt : unrecordable,
        metadata: Object.fromEntries(
          Object.entries(event.metadata).filter(([, value]) => ['number', 'boolean'].includes(typeof value)),
        ),
      }),
    ),
  };
}

/** An earlier try may have been recorded although its answer got lost. If not, the log says why the result is void. */
async function isRecorded(ctx: DeliverNeeds, message: ClaimedMessage): Promise<boolean> {
  const end = await retryWhileUnavailable(ctx, () => findEnd(ctx, message));
  const names = { event: 'attempt.result_void', tenant: message.tenantId, id: message.id };
  if (end === 'deleted') ctx.log.info(names, 'The message was deleted during the attempt');
  else if (end === 'replaced') ctx.log.warn(names, 'The message was replaced during the attempt');
  else if (end === 'given back')
    ctx.log.warn(
      names,
      'The message was released during the attempt, because this process was taken for dead',
    );
  return end === 'recorded';
}
