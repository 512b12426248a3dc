// Large attachments are warned of, refused, or put into links, as their tenant has set.
import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bytesOf,
  file,
  get,
  type LinkStage,
  linkIn,
  press,
  setLinkStage,
} from '../../support/http/link-stage.js';
import { mail } from '../../support/stage/mail.js';

let on: LinkStage;
beforeAll(async () => {
  on = await setLinkStage();
});
beforeEach(() => on.configure());

const large = randomBytes(200_000);

describe('a large attachment', () => {
  test('is sent and logged with warn', async () => {
    await on.configure({ action: 'warn' });
    const { id, parsed } = await on.send([file('plan.bin', large)]);
    expect(parsed.attachments[0]?.content.equals(large)).toBe(true);
    expect(on.service.output()).toContain(`Message "${id}" has a large attachment of 200000 bytes`);
  });

  test('fails its message with reject, which no server sees', async () => {
    await on.configure({ action: 'reject' });
    const id = on.newId();
    await on.tenant.handIn(on.service, [mail(id, { attachments: [file('plan.bin', large)] })]);
    const { error } = await on.tenant.until(on.service, id, ({ status }) => status === 'error');
    expect(error).toMatch(/^Attachment "plan.bin" cannot be sent: it has 200000 bytes, more than the 104857/);
    expect(on.sink.messages.some((one) => one.id === id)).toBe(false);
  });

  test('goes with the mail while large_file_config is not enabled', async () => {
    await on.configure({ enabled: false });
    expect((await on.send([file('plan.bin', large)])).parsed.attachments).toHaveLength(1);
  });

  test('is a link in text and HTML with rewrite, and small and shown ones stay', async () => {
    const html = '<html><body><p>Hi <img src="cid:big"></p></body></html>';
    const { id, parsed } = await on.send(
      [
        file(`Plan & "<b>2026</b>" für Müller.pdf`, large),
        { filename: 'small.txt', storage_path: `base64:${Buffer.from('small').toString('base64')}` },
        { ...file('logo.png', large), content_id: 'big' },
      ],
      { body: undefined, text: 'Hello.', html },
    );
    expect(parsed.attachments.map(({ filename }) => filename).sort()).toEqual(['logo.png', 'small.txt']);
    expect(parsed.text).toMatch(
      /^Hello\.\n\nFiles to download:\n\nb>" für Müller\.pdf \(200 kB\), available until /,
    );
    const url = linkIn(parsed.text);
    expect(parsed.html).toContain(
      `<a href="${url}">b&#62;&#34; für Müller.pdf</a> (200 kB), available until`,
    );
    expect(String(parsed.html)).toMatch(/<\/ul><\/div><\/body><\/html>\s*$/);
    expect(await on.shown(id)).toMatchObject([{ offloaded: true, size: 200_000 }, {}, {}]);
    expect((await on.shown(id))[1]).not.toHaveProperty('offloaded');
    expect(JSON.stringify(await on.tenant.find(on.service, id))).not.toContain('/download/');
    const got = await get(await press(url));
    expect((await bytesOf(got)).equals(large)).toBe(true);
    expect(got.headers.get('content-disposition')).toBe(
      `attachment; filename="b>_ f_r M_ller.pdf"; filename*=UTF-8''b%3E%22%20f%C3%BCr%20M%C3%BCller.pdf`,
    );
  });

  test('is uploaded once for several mails at once, each with a link of its own', async () => {
    const bytes = randomBytes(150_000);
    const before = on.stored().length;
    const mails = await Promise.all([1, 2, 3].map(() => on.send([file('same.bin', bytes)])));
    expect(on.stored().length).toBe(before + 1);
    expect(new Set(mails.map(({ parsed }) => linkIn(parsed.text))).size).toBe(3);
    const { body } = await on.service.api<string>('GET', '/metrics');
    expect(body).toMatch(/gmp_offloads_total\{result="reused"\} [2-9]/);
  });

  test('has the words of the tenant in the language of the mail', async () => {
    await on.configure({ link_texts: { de: { heading: 'Große Dateien <hier>', entry: '{name}, {size}' } } });
    const { parsed } = await on.send([file('plan.bin', large)], {
      html: '<p>Hallo',
      body: undefined,
      headers: { 'Content-Language': 'de-AT' },
    });
    expect(parsed.html).toContain('<p>Große Dateien &#60;hier&#62;</p><ul><li><a href=');
    const italian = await on.linked(file('plan.bin', large), { headers: { 'Content-Language': 'it' } });
    expect(on.sink.messages.find(({ id }) => id === italian.id)?.raw.toString()).toContain(
      'File da scaricare:',
    );
  });
});
