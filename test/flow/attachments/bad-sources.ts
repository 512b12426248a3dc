// Bad habits of a server that attachments are fetched from, and what each costs the message.
import { gzipSync } from 'node:zlib';
import type { Habit } from '../../support/http/file-server.js';

export const redirectTo =
  (location: string, status = 302): Habit =>
  (response) =>
    response.writeHead(status, { location }).end();

const megabyte = Buffer.alloc(1024 * 1024);
/** Made beforehand, because the time that it takes would count as the server's. */
const bomb = gzipSync(Buffer.alloc(50_000_000));
/** For which a message fails for good: name, habit, what the message's error says, and more fields of the attachment. */
export const failsForGood: [string, Habit, RegExp, Record<string, unknown>?][] = [
  ['404', (response) => response.writeHead(404).end(), /HTTP 404$/],
  ['401', (response) => response.writeHead(401).end(), /HTTP 401$/],
  ['403', (response) => response.writeHead(403).end(), /HTTP 403$/],
  ['204', (response) => response.writeHead(204).end(), /HTTP 204$/],
  [
    'another MD5',
    (response) => response.end('x'),
    /does not have the stated MD5$/,
    { content_md5: 'f'.repeat(32) },
  ],
  [
    'a length over the limit',
    (response) => response.writeHead(200, { 'content-length': '1048577' }).write('x'),
    /GMP_MAX_ATTACHMENT_MB/,
  ],
  [
    'more than the limit, without a length',
    (response) => {
      response.write(megabyte);
      response.end('x');
    },
    /GMP_MAX_ATTACHMENT_MB/,
  ],
  [
    'a gzip bomb',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    /GMP_MAX_ATTACHMENT_MB/,
  ],
  [
    'an unknown compression',
    (response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
    /compresses in a way/,
  ],
  ['a redirect to nowhere', (response) => response.writeHead(302).end(), /without a Location$/],
  ['a redirect to itself', redirectTo('/bad'), /redirected more than 5 times$/],
  ['a redirect to a file', redirectTo('file:///etc/passwd'), /neither an http:\/\/ nor an https:\/\/ URL$/],
  ['a redirect with credentials', redirectTo('http://a:b@127.0.0.1/'), /has a user or a password/],
];
/** For which a message is put off. */
export const failsForNow: [string, Habit, RegExp][] = [
  ['500', (response) => response.writeHead(500).end(), /HTTP 500$/],
  ['503', (response) => response.writeHead(503).end(), /HTTP 503$/],
  ['429', (response) => response.writeHead(429).end(), /HTTP 429$/],
  ['408', (response) => response.writeHead(408).end(), /HTTP 408$/],
  [
    'a connection that ends before an answer',
    (response) => response.destroy(),
    /ended the connection|hang up/,
  ],
  [
    'a body that ends early',
    (response) =>
      void response.writeHead(200, { 'content-length': '1000' }).write('x', () => response.destroy()),
    /ended the connection/,
  ],
  ['no answer', () => undefined, /within 3 s$/],
  [
    'a byte now and then',
    (response) => {
      const timer = setInterval(() => response.write('x'), 200);
      response.on('close', () => clearInterval(timer));
    },
    /within 3 s$/,
  ],
  [
    'something that is not HTTP',
    (response) => void response.socket?.end('220 smtp.example.com ESMTP\r\n'),
    /HTTP does|HPE/,
  ],
  [
    'damaged gzip',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
    /damaged$/,
  ],
];
