// The entry of a bounce has the fields of the contract, and only those that are known.
import { expect, test } from 'vitest';
import { toEntry } from '../../src/report/payload.js';

const bounce = {
  eventId: 7,
  messagePk: 'pk-1',
  messageId: 'm-1',
  type: 'bounce',
  at: 1_700_000_000_999,
  description: 'came back',
};
const entry = {
  event_id: 7,
  event_type: 'bounce',
  tenant_id: 'shop',
  id: 'm-1',
  pk: 'pk-1',
  bounce_ts: 1_700_000_000,
};
const known = { bounce_type: 'hard', bounce_code: '5.1.1', bounce_reason: 'no such user' };

test('the entry has the time, kind, code and reason of the bounce, and no other metadata', () => {
  expect(toEntry('shop', { ...bounce, metadata: { ...known, mailbox: 'INBOX' } })).toEqual({
    ...entry,
    ...known,
  });
});

test('unknown fields are absent', () => {
  const metadata = { bounce_type: 'soft', bounce_code: null };
  expect(Object.entries(toEntry('shop', { ...bounce, metadata }))).toEqual(
    Object.entries({ ...entry, bounce_type: 'soft' }),
  );
});
