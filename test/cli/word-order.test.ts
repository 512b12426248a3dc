// Commands are taken with the instance and the tenant first, as genro-mail-proxy has them, and with the command first.
import { expect, test } from 'vitest';
import { commandFirst } from '../../src/cli/word-order.js';

const known = new Set(['start', 'list', 'info', 'tenants', 'accounts', 'messages', 'send']);

test.each([
  ['list', 'list'],
  ['start myserver --background', 'start myserver --background'],
  ['myserver info --json', 'info --instance myserver --json'],
  ['myserver tenants add acme --name N', 'tenants add acme --instance myserver --name N'],
  ['myserver acme info', 'info --instance myserver --tenant acme'],
  ['myserver acme accounts add --host H', 'accounts add --instance myserver --tenant acme --host H'],
  [
    'myserver acme send mail.eml --priority 1',
    'send mail.eml --instance myserver --tenant acme --priority 1',
  ],
  ['accounts add --instance myserver --tenant acme', 'accounts add --instance myserver --tenant acme'],
  ['messages show list', 'messages show list'],
  ['myserver tenants show send', 'tenants show send --instance myserver'],
  ['--help', '--help'],
  ['nobody knows this', 'nobody knows this'],
])('%s', (given, expected) => {
  expect(commandFirst(given.split(' '), known).join(' ')).toBe(expected);
});
