// The content that a message may have, field by field; every refusal names its field (contract section 4).
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

const reasonFor = (fields: object) => stage.reasonFor(message(fields));

describe('a line break or NUL', () => {
  const characters = ['\r', '\n', '\r\n', '\u0000'];
  test.each([
    'id',
    'batch_code',
    'account_id',
    'tenant_id',
    'subject',
    'return_path',
    'message_id',
    'from',
    'to',
    'cc',
    'bcc',
    'reply_to',
  ])('in %s rejects the message', async (field) => {
    const [start, end] = /^(return_path|from|to|cc|bcc|reply_to)$/.test(field)
      ? ['a', '@example.org']
      : ['a', 'b'];
    for (const character of characters) {
      expect(await reasonFor({ [field]: `${start}${character}${end}` })).toMatch(
        new RegExp(`^${field}: contains`),
      );
    }
  });

  test('in the name or the value of a header rejects the message', async () => {
    for (const character of characters) {
      expect(await reasonFor({ headers: { 'X-A': `a${character}Bcc: x@example.org` } })).toMatch(
        /^headers\.X-A: contains/,
      );
      expect(await reasonFor({ headers: { [`X-A${character}Bcc`]: 'x@example.org' } })).toMatch(/^headers: /);
    }
  });

  test('is allowed in a body if it is a line break; NUL is not', async () => {
    for (const field of ['body', 'text', 'html']) {
      expect(await reasonFor({ [field]: 'a\r\nb\nc\rd\te' })).toBeUndefined();
      expect(await reasonFor({ [field]: 'a\u0000b' })).toBe(`${field}: contains NUL`);
    }
  });
});

describe('headers', () => {
  test('may be text, numbers and booleans; null ones are left out', async () => {
    const headers = {
      'X-Text': 'text ü',
      'X-Number': 5,
      'X-True': true,
      'X-Null': null,
      'List-Unsubscribe': '<mailto:x@y.z>',
    };
    expect(await reasonFor({ headers })).toBeUndefined();
    expect(await reasonFor({ headers: {} })).toBeUndefined();
    expect(await reasonFor({ headers: null })).toBeUndefined();
  });

  test.each(['To', 'cc', 'BCC', 'From', 'Subject', 'Content-Type', 'MIME-Version', 'X-Genro-Mail-ID'])(
    'may not set %s, which the fields of the message make',
    async (name) => {
      expect(await reasonFor({ headers: { [name]: 'x@example.org' } })).toMatch(/^headers: /);
    },
  );

  test.each(['', ' ', 'X A', 'X:A', 'X-Ü', 'x'.repeat(77)])('may not have the name %j', async (name) => {
    expect(await reasonFor({ headers: { [name]: 'x' } })).toMatch(/^headers: /);
  });

  test.each([['text'], [[]], [[['X-A', 'b']]], [5], [{ 'X-A': [] }], [{ 'X-A': {} }]])(
    'may not be %j',
    async (headers) => {
      expect(await reasonFor({ headers })).toMatch(/headers/);
    },
  );
});

describe('return_path', () => {
  test.each(['bounces@example.com', '<bounces@example.com>', '', '<>', null])(
    'may be %j',
    async (return_path) => {
      expect(await reasonFor({ return_path })).toBeUndefined();
    },
  );
  test.each(['nobody', 'a@example.com, b@example.com', 5, ['a@example.com']])(
    'may not be %j',
    async (return_path) => {
      expect(await reasonFor({ return_path })).toMatch(/^return_path/);
    },
  );
});

describe('message_id', () => {
  test.each(['<a.b@example.com>', 'a.b@example.com', null])('may be %j', async (message_id) => {
    expect(await reasonFor({ message_id })).toBeUndefined();
  });
  test.each(['a b', '<a>\t<b>', 'ü@example.com', 'x'.repeat(2000), 5])(
    'may not be %j',
    async (message_id) => {
      expect(await reasonFor({ message_id })).toMatch(/^message_id/);
    },
  );
});

describe('lengths', () => {
  test.each([
    ['id', 255],
    ['batch_code', 64],
    ['account_id', 255],
  ])('%s may have %i characters', async (field, most) => {
    expect(await reasonFor({ [field]: 'x'.repeat(most + 1) })).toBe(
      `${field}: is longer than ${most} characters`,
    );
    const reason = await reasonFor({ [field]: 'x'.repeat(most) });
    expect(reason).toBe(field === 'account_id' ? 'account not found for tenant' : undefined);
  });

  test('a subject of a megabyte is rejected, a body of one is taken', async () => {
    expect(await reasonFor({ subject: 'x'.repeat(1_000_000) })).toMatch(/^subject: is longer than/);
    expect(await reasonFor({ body: 'x'.repeat(1_000_000) })).toBeUndefined();
  });
});

describe('the body', () => {
  test('may be empty, plain, html, or text with html', async () => {
    for (const fields of [
      {},
      { body: '' },
      { body: 'Text', content_type: 'plain' },
      { body: '<p>', content_type: 'html' },
      { body: 'Text', content_type: 'text/plain' },
      { body: '<p>', content_type: 'text/html' },
      { body: null, text: 'Text' },
      { html: '<p>' },
      { text: 'Text', html: '<p>' },
    ]) {
      expect(await reasonFor(fields)).toBeUndefined();
    }
  });
  test('of another content type is rejected by name', async () => {
    for (const content_type of ['markdown', 'text/markdown', 'application/html']) {
      expect(await reasonFor({ content_type })).toBe(
        'content_type: is none of plain, html, text/plain and text/html',
      );
    }
  });
  test('is missed: the message is taken with a warning, once for the call', async () => {
    const bare = { body: undefined };
    const warned = await stage.add([message(bare), message({ ...bare, html: true }), message()]);
    expect(warned.body).toMatchObject({
      queued: 3,
      warnings: ['a message without body, text and html leaves with an empty body'],
    });
    const chosen = [message({ body: '' }), message({ text: '' }), message({ html: '<p>' })];
    expect((await stage.add(chosen)).body).toEqual({ ok: true, queued: 3, rejected: [] });
  });
  test('may not come in both ways', async () => {
    expect(await reasonFor({ body: 'Text', html: '<p>' })).toBe('body: cannot go with text or html');
  });
  test.each(['body', 'text', 'html', 'content_type', 'subject'])('%s must be text', async (field) => {
    // `html` may also say whether `body` is HTML.
    for (const value of [5, {}, ['x'], ...(field === 'html' ? [] : [true])])
      expect(await reasonFor({ [field]: value })).toMatch(new RegExp(`^${field}: `));
  });
});

describe('attachments', () => {
  const attachment = { filename: 'a.txt', storage_path: 'base64:YQ==' };
  const with_ = (fields: Record<string, unknown>) => [attachment, { ...attachment, ...fields }];
  test('may be none, one or several', async () => {
    for (const attachments of [[], null, [attachment], with_({})])
      expect(await reasonFor({ attachments })).toBeUndefined();
  });
  test.each([
    [{}, 'attachments: is not a list'],
    ['x', 'attachments: is not a list'],
    [['x'], 'attachments.0: is not an object'],
    [[{}], 'attachments.0.filename: is missing'],
    [with_({ filename: '' }), 'attachments.1.filename: is empty'],
    [with_({ filename: 'x'.repeat(256) }), 'attachments.1.filename: is longer than 255 characters'],
    [with_({ storage_path: 'base64:YQ' }), 'attachments.1.storage_path: is not valid base64'],
    [with_({ storage_path: 'base64:Y=Q=' }), 'attachments.1.storage_path: is not valid base64'],
    [with_({ storage_path: 'base64:YQ==YQ==' }), 'attachments.1.storage_path: is not valid base64'],
    [with_({ storage_path: 'base64:YQ_-' }), 'attachments.1.storage_path: is not valid base64'],
    [with_({ storage_path: 'base64:Grüße' }), 'attachments.1.storage_path: is not valid base64'],
    [
      with_({ fetch_mode: 'ftp' }),
      'attachments.1.fetch_mode: is none of base64, http_url, endpoint, filesystem',
    ],
    [with_({ mime_type: 'image' }), 'attachments.1.mime_type: is not a MIME type'],
    [with_({ mime_type: 'a/b\r\nBcc: x@example.com' }), 'attachments.1.mime_type: is not a MIME type'],
    [with_({ content_md5: 'abc' }), 'attachments.1.content_md5: is not an MD5 of 32 hexadecimal digits'],
    [with_({ content_md5: 'f'.repeat(32) }), 'attachments.1.content_md5: is not the MD5 of the content'],
    [
      with_({ filename: `a{MD5:${'f'.repeat(32)}}.txt` }),
      'attachments.1.content_md5: is not the MD5 of the content',
    ],
    [
      with_({ content_id: 'a b' }),
      'attachments.1.content_id: is not a content id of 1 to 255 visible ASCII characters',
    ],
    [with_({ inline: 'perhaps' }), 'attachments.1.inline: is neither true nor false'],
    [
      with_({ storage_path: '/etc/passwd' }),
      'attachments.1.storage_path: is a file, and GMP_ATTACHMENT_BASE_DIR allows none',
    ],
  ])('are refused with the field that is at fault: %j', async (attachments, reason) => {
    expect(await reasonFor({ attachments })).toBe(reason);
  });
});

describe('deferred_ts', () => {
  test.each([0, 1, 4_000_000_000, 4_000_000_000.5, null])('may be %j', async (deferred_ts) => {
    expect(await reasonFor({ deferred_ts })).toBeUndefined();
  });
  test.each([-1, 'tomorrow', 4_000_000_000_000, true, {}])('may not be %j', async (deferred_ts) => {
    expect(await reasonFor({ deferred_ts })).toMatch(/^deferred_ts: /);
  });
});

test('Unknown fields are ignored, and shown with the message', async () => {
  const given = message({ x_campaign: { of: ['mine'] } });
  expect((await stage.add([given])).body.queued).toBe(1);
  const { body } = await stage.list({ tenant_id: 'shop' });
  expect(body.messages.find(({ id }) => id === given.id)?.message).toEqual(given);
});
