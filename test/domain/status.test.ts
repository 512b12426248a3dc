// Which status may follow which, and that a change which is not allowed cannot be written.
import { expect, test } from 'vitest';
import { changesFrom, mayBecome, shownStatus, waitingStatuses } from '../../src/domain/status.js';

test('a status may be reached only from those that docs/states.md names', () => {
  expect(mayBecome('sending')).toEqual(['pending', 'deferred']);
  expect(mayBecome('pending')).toEqual(['pending', 'deferred', 'sending', 'error']);
  expect(mayBecome('sent')).toEqual(['pending', 'deferred', 'sending']);
});

test('a change that is allowed is made from the statuses it names', () => {
  expect(changesFrom(waitingStatuses, ['sending', 'deferred'])).toEqual(['pending', 'deferred']);
});

test.each([
  [['sent'], ['pending']],
  [['error'], ['sending']],
  [
    ['sending', 'pending'],
    ['sent', 'sending'],
  ],
] as const)('a change from %j to %j is refused', (from, to) => {
  expect(() => changesFrom(from, to)).toThrow('may not become');
});

test('a message whose attempt is in flight is shown as pending', () => {
  expect(['pending', 'sending', 'sent'].map((one) => shownStatus(one as 'sending'))).toEqual([
    'pending',
    'pending',
    'sent',
  ]);
});
