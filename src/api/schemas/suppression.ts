// A suppressed address as it is handed in and shown.
import { z } from '@hono/zod-openapi';
import { readMailboxes } from '../../accept/addresses.js';
import { identifier, lineOfText } from '../../accept/identifier.js';
import { suppressionSources } from '../../store/suppressions/change.js';
import { warningsOfOne } from './ok.js';

const seconds = z.number().min(0).max(32_503_680_000).nullish();
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal');

/** Bare, without a display name. */
export const bareAddress = lineOfText(320).refine((text) => {
  const read = readMailboxes(text);
  return typeof read !== 'string' && read.length === 1 && read[0]?.address === text.trim();
}, 'is not an address');

export const suppressionExample = {
  address: 'jo@example.org',
  hash: '1c6a4e0b8d2f7c3a5e9b0d4f6a8c2e1b3d5f7a9c0e2b4d6f8a1c3e5b7d9f0a2c',
  reason: 'hard_bounce',
  source: 'bounce' as const,
  message_id: 'order-1',
  created_ts: 1_795_600_020,
};

/** What the list shows can be handed in again, so that it can be moved. */
export const suppressionInput = z
  .object({
    address: bareAddress.optional().describe('In any spelling; absent: only the hash is known.'),
    hash: hash.optional().describe('Of an address that was forgotten; ignored beside `address`.'),
    reason: identifier(64).nullish().describe('Why, in a word or two; `manual` unless set.'),
    source: z
      .enum(suppressionSources)
      .nullish()
      .describe(
        '`manual` unless set. Others count only while `suppress` of the tenant asks for their reason.',
      ),
    message_id: lineOfText(255).nullish().describe('The message that it is from.'),
    created_ts: seconds.describe('Unix seconds; now unless set.'),
    expires_ts: seconds.describe('Sent to again from then on. Unix seconds; never unless set.'),
  })
  .refine(({ address, hash: known }) => address !== undefined || known !== undefined, {
    path: ['address'],
    error: 'is missing',
  })
  .openapi('SuppressionInput', {
    description: 'An address that is not sent to.',
    example: { address: 'jo@example.org' },
  });

export const suppression = z
  .object({
    address: z.string().optional().describe('In its canonical form; absent: it was forgotten.'),
    hash: z.string().describe('SHA-256 of the canonical address.'),
    reason: z.string().describe('`hard_bounce`, `complaint`, or as it was given.'),
    source: z
      .enum(suppressionSources)
      .describe('A returned mail, a refusal when it was sent, or a call of the API.'),
    message_id: z.string().optional().describe('The message that it is from.'),
    created_ts: z.int().describe('Unix seconds.'),
    expires_ts: z.int().optional().describe('Sent to again from then on. Unix seconds; absent: never.'),
    warnings: warningsOfOne,
  })
  .openapi('Suppression', { description: 'An address that is not sent to.', example: suppressionExample });
