// Submitting messages, and listing them.
import { expect } from 'vitest';
import { add, because, detail, message, missing, notTheirs, queued, type Row, refused } from './row.js';

export const adding: Row[] = [
  { name: 'nothing', call: add(), theirs: queued(0) },
  { name: 'one message', call: add(message('m1')), as: 'acme', theirs: queued(1) },
  { name: 'the same again', call: add(message('m1', { subject: 'Again' })), as: 'acme', theirs: queued(1) },
  { name: 'the same twice in one call', call: add(message('m2'), message('m2')), theirs: queued(2) },
  {
    name: 'one that goes out',
    untilSent: true,
    call: add(message('sent', { account_id: 'out', deferred_ts: undefined })),
    theirs: queued(1),
  },
  {
    name: 'it again, once it was sent',
    call: add(message('sent')),
    theirs: queued(0, [{ id: 'sent', reason: 'already sent' }]),
  },
  {
    name: 'a good and a bad one',
    call: add(message('m3'), message('bad', { account_id: 'none' })),
    theirs: queued(1, [{ id: 'bad', reason: 'account not found for tenant' }]),
  },
  { name: 'no recipient', call: add(message('m4', { to: [] })), theirs: refused(['m4', 'missing to']) },
  {
    name: 'no such account',
    call: add(message('burnt', { account_id: 'none' })),
    theirs: refused(['burnt', 'account not found for tenant']),
  },
  {
    name: 'the rejected id, mended',
    call: add(message('burnt')),
    theirs: queued(0, [{ id: 'burnt', reason: 'already sent' }]),
    ours: { ...queued(1), because: 'reference 5: a rejected id could never be sent again' },
  },
  {
    name: 'a bad one over a good one',
    call: add(message('m1', { account_id: 'none' })),
    theirs: queued(1),
    ours: {
      ...refused(['m1', 'account not found for tenant']),
      because: 'reference 5: it overwrote the good one and span',
    },
  },
  {
    name: 'what is no address',
    call: add(message('m5', { to: 'not-an-address' })),
    theirs: queued(1),
    ours: {
      ...refused(['m5', 'to: is not an e-mail address']),
      because: 'contract 4: every address is checked',
    },
  },
  {
    name: 'no subject',
    call: add(message('m6', { subject: undefined })),
    theirs: missing('body', 'subject'),
    ours: { ...refused(['m6', 'missing subject']), because: because.each },
  },
  {
    name: 'no body',
    call: add(message('m2', { body: undefined })),
    theirs: queued(1),
    ours: {
      status: 200,
      body: { ...queued(1).body, warnings: [expect.stringContaining('empty body')] },
      because: 'contract 4: a message without a body is taken, with a warning',
    },
  },
  {
    name: 'an unknown content type',
    call: add(message('markdown', { content_type: 'text/markdown' })),
    theirs: queued(1),
    ours: {
      ...refused(['markdown', expect.stringMatching(/^content_type: /)]),
      because: 'contract 4: the content type is one of four',
    },
  },
  {
    name: 'HTML by its media type',
    call: add(message('m2', { content_type: 'text/html' })),
    theirs: queued(1),
  },
  {
    name: 'a Reply-To among the headers',
    call: add(message('m2', { headers: { 'Reply-To': 'c@example.org' } })),
    theirs: queued(1),
  },
  {
    name: 'an id that a path takes for a step',
    call: add(message('..')),
    theirs: queued(1),
    ours: { ...refused(['..', expect.stringMatching(/^id: /)]), because: 'no route could name the message' },
  },
  { name: 'no id', call: add(message('', { id: undefined })), theirs: refused([null, 'missing id']) },
  {
    name: 'a line break in a header name',
    call: add(message('m7', { headers: { 'X\r\nBcc': 'c@example.org' } })),
    theirs: queued(1),
    ours: {
      ...refused(['m7', expect.stringMatching(/^headers/)]),
      because: 'reference 5: it injected headers',
    },
  },
  {
    name: 'a To among the headers',
    call: add(message('m8', { headers: { To: 'c@example.org' } })),
    theirs: queued(1),
    ours: {
      ...refused(['m8', expect.stringMatching(/^headers/)]),
      because: 'reference 5: it changed the envelope',
    },
  },
  {
    name: '1,001 messages',
    call: add(...Array.from({ length: 1001 }, (_, i) => message(`n${i}`))),
    theirs: {
      status: 400,
      body: { detail: { error: 'Cannot enqueue more than 1000 messages at once', rejected: null } },
    },
    ours: {
      status: 400,
      body: { detail: { error: 'Cannot enqueue more than 1000 messages at once', rejected: [] } },
      because: 'a list is always a list',
    },
  },
  {
    name: 'no list',
    call: ['POST', '/commands/add-messages', { messages: 'x' }],
    theirs: {
      status: 422,
      body: { detail: [expect.objectContaining({ type: 'list_type', loc: ['body', 'messages'] })] },
    },
  },
  {
    name: 'a message of another tenant',
    call: add(message('m9')),
    as: 'other',
    theirs: queued(1),
    ours: { ...notTheirs, because: because.isolated },
  },
  {
    name: 'messages',
    call: ['GET', '/messages?tenant_id=acme&active_only=true'],
    theirs: {
      status: 200,
      body: {
        ok: true,
        messages: expect.arrayContaining([
          expect.objectContaining({ id: 'm1', tenant_id: 'acme', account_id: 'main', priority: 2 }),
        ]),
      },
    },
  },
  {
    name: 'messages of nobody',
    call: ['GET', '/messages?tenant_id=nobody'],
    theirs: { status: 200, body: { ok: true, messages: [] } },
    ours: { ...detail(404, 'tenant not found'), because: because.unknownTenant },
  },
  { name: 'messages of whom?', call: ['GET', '/messages'], theirs: missing('query', 'tenant_id') },
  {
    name: 'messages of another tenant',
    call: ['GET', '/messages?tenant_id=acme'],
    as: 'other',
    theirs: notTheirs,
  },
];
