// Who adds an account is told whether the provider keeps a signed envelope sender.
import { expect, test } from 'vitest';
import { adviseOnSender } from '../../src/cli/advise-on-sender.js';
import { mailProviders } from '../../src/domain/mail-providers.js';

const advise = (id: string, user: string, returnPath?: string) => {
  const provider = mailProviders.find((one) => one.id === id);
  return provider && adviseOnSender(provider, user, returnPath);
};

test.each([
  ['gmail', 'jo@example.org', undefined, /--return-path jo\+%verp%@example\.org/],
  ['gmail', 'jo+shop@example.org', undefined, /--return-path jo\+%verp%@example\.org/],
  ['gmail', 'a-name-with-too-many-characters@example.org', undefined, undefined],
  ['gmail', 'jo@example.org', 'jo+%verp%@example.org', undefined],
  ['gmail', 'jo@example.org', 'bounces+%verp%@example.org', /own address alone: jo\+%verp%@/],
  ['fastmail', 'jo', undefined, undefined],
  ['ses', 'AKIAEXAMPLE', undefined, /bounces\+%verp%@your\.domain/],
  ['ses', 'AKIAEXAMPLE', 'bounces+%verp%@example.org', undefined],
  ['mailgun', 'postmaster@example.org', undefined, /keeps no signed envelope sender; bounces find/],
  ['microsoft365', 'jo@example.org', 'jo+%verp%@example.org', /Leave out --return-path/],
  ['microsoft365', 'jo@example.org', 'jo@example.org', /keeps no signed envelope sender; bounces find/],
])('%s, user %s, return path %s', (id, user, returnPath, told) => {
  const advice = advise(id, user, returnPath);
  if (told === undefined) expect(advice).toBeUndefined();
  else expect(advice).toMatch(told);
});
