// All spellings of an address are one on a suppression list, and different addresses are not.
import { expect, test } from 'vitest';
import { canonicalAddress } from '../../src/domain/canonical-address.js';

test.each([
  ['ann@example.org', ['Ann@Example.ORG', 'ann@example.org.', '"ann"@example.org', '"a\\nn"@example.org']],
  ['ann+shop@example.org', ['Ann+Shop@EXAMPLE.org', '"ann+shop"@example.org']],
  ['ann@xn--bcher-kva.example', ['ann@bücher.example', 'ANN@BÜCHER.example', 'ann@XN--BCHER-KVA.example']],
  ['jürgen@example.org', ['JÜRGEN@example.org', 'ju\u0308rgen@example.org']],
  ['"ann smith"@example.org', ['"Ann Smith"@example.org']],
  ['"a@b"@example.org', ['"A@b"@example.org.']],
])('%s', (canonical, spellings) => {
  for (const one of [canonical, ...spellings]) expect(canonicalAddress(one)).toBe(canonical);
});

test('a tag, a dot and a subdomain make another address', () => {
  const all = [
    'ann@example.org',
    'ann+x@example.org',
    'a.nn@example.org',
    'ann@mail.example.org',
    'ann@example.com',
  ];
  expect(new Set(all.map(canonicalAddress)).size).toBe(all.length);
});

test('what is no address stays what it is', () => {
  expect(['', 'ann', '@example.org', '"', '""@x.y'].map(canonicalAddress)).toEqual([
    '@',
    '@ann',
    '@example.org',
    '@"',
    '""@x.y',
  ]);
});
