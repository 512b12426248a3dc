// Which addresses may be reached at a tenant's word, in every form that an address has.
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { readAddress } from '../../src/dial/address.js';
import { mayReach } from '../../src/dial/private-networks.js';

function reaches(text: string, networks: string): boolean {
  const address = readAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return mayReach(readConfig({ GMP_PRIVATE_NETWORKS: networks }).privateNetworks, address);
}

const closed = [
  ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ...['0.0.0.0', '0.1.2.3', '100.64.0.1', '100.100.100.200', '169.254.169.254', '192.0.0.192', '192.0.2.1'],
  ...[
    '192.88.99.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  '168.63.129.16',
  ...['::', '::1', 'fe80::1', 'fe80::1%lo', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '2001:db8::1'],
  ...['100::1', '3fff::1', '5f00::1', '4000::1', '2001:10::1', '2001:2::1'],
  // Addresses that carry a private one: mapped, compatible, translated, NAT64, 6to4; and Teredo, which carries any.
  ...['::ffff:127.0.0.1', '::ffff:a00:1', '::127.0.0.1', '::ffff:0:10.0.0.1', '64:ff9b::10.0.0.1'],
  ...['64:ff9b:1::a00:1', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:808:808::f5ff:fffe'],
];

test.each(closed)('%s is reached only if private networks are open', (text) => {
  expect([reaches(text, 'deny'), reaches(text, '172.20.0.0/24,fdaa::/16'), reaches(text, 'allow')]).toEqual([
    false,
    false,
    true,
  ]);
});

test.each([
  '8.8.8.8',
  '172.32.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
])('%s is public and always reached', (text) => {
  expect(reaches(text, 'deny')).toBe(true);
});

test('networks open what is in them and no more, also where an IPv6 address carries the address', () => {
  const networks = '10.1.0.0/16, fd00::/8';
  expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'].every((text) => reaches(text, networks))).toBe(true);
  expect(['10.2.0.1', '127.0.0.1', '::1', '::ffff:10.2.0.1'].some((text) => reaches(text, networks))).toBe(
    false,
  );
});

test.each(['10.0.0.1', 'yes', '10.0.0.0/33', '10/8', 'deny,allow', '10.0.0.0/8,'])(
  'GMP_PRIVATE_NETWORKS "%s" is refused at the start',
  (text) => {
    expect(() => readConfig({ GMP_PRIVATE_NETWORKS: text })).toThrow(/GMP_PRIVATE_NETWORKS/);
  },
);

test.each(['0', '80-', '443-80', '65536', 'http', '80;443'])('the list of ports "%s" is refused', (text) => {
  expect(() => readConfig({ GMP_TENANT_HTTP_PORTS: text })).toThrow(/GMP_TENANT_HTTP_PORTS/);
});
