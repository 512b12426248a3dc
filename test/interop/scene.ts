// Sends the varied mails to a real mail server, and compares what it delivered with what was handed in.
import { domainToASCII } from 'node:url';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Delivered, MailServer } from '../support/mail-servers/programs.js';
import { waitFor } from '../support/programs/wait-for.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant, type ListedMessage } from '../support/stage/tenant.js';
import { handedIn, type VariedMail, variedMails } from './varied-mails.js';

export interface RealServer extends MailServer {
  delivered(): Promise<Delivered[]>;
}

interface Scene {
  start(): Promise<RealServer>;
  account: Record<string, unknown>;
  /** Whether the server offers SMTPUTF8. */
  takesUtf8: boolean;
}

/** Declares the tests. They are skipped where the server is not installed. */
export function varietyArrives(title: string, isInstalled: boolean, scene: Scene): void {
  const taken = variedMails.filter(({ isUtf8 }) => scene.takesUtf8 || !isUtf8);
  const refused = variedMails.filter((one) => !taken.includes(one));
  describe.runIf(isInstalled)(title, () => {
    let server: RealServer;
    let copies: Delivered[];
    let listed: ListedMessage[];
    beforeAll(async () => {
      server = await scene.start();
      const stage = await setStage();
      const service = await stage.service();
      const { account } = scene;
      const tenant = await addTenant(service, 'shop', { server, account });
      const verified = await service.api('POST', '/account/main/verify?tenant_id=shop');
      expect(verified.body).toEqual({ ok: true });
      await tenant.handIn(service, variedMails.map(handedIn));
      listed = await tenant.untilAll(service, ({ status }) => status === 'sent' || status === 'error');
      const expected = taken.reduce((sum, mail) => sum + recipientsOf(mail).length, 0);
      copies = await waitFor('the server to deliver all copies', async () => {
        const found = await server.delivered();
        return found.length >= expected && found;
      });
    });
    afterAll(() => server?.stop());

    test('every mail was sent at the first attempt, but for those that the server cannot take', () => {
      const fates = listed.map(({ id, status, retry_count }) => [id, status, retry_count]);
      const isTaken = (mail: VariedMail) => taken.includes(mail);
      const expected = variedMails.map((mail) => [mail.id, isTaken(mail) ? 'sent' : 'error', 0]);
      expect(Object.fromEntries(fates.map(([id, ...fate]) => [id, fate]))).toEqual(
        Object.fromEntries(expected.map(([id, ...fate]) => [id, fate])),
      );
      for (const { id } of refused) {
        expect(listed.find((one) => one.id === id)?.error).toMatch(/SMTPUTF8/);
      }
    });

    test.each(taken.map((mail) => [mail.id, mail] as const))(
      '%s arrives as it was handed in',
      async (id, mail) => {
        const own = copies.filter(({ raw }) =>
          new RegExp(`^X-Genro-Mail-ID: ${id}\\r?$`, 'im').test(String(raw)),
        );
        expect(own.map(({ recipient }) => recipient).sort()).toEqual(recipientsOf(mail).sort());
        const { raw } = own[0] as Delivered;
        expect(longestLine(raw)).toBeLessThanOrEqual(998);
        if (!mail.isUtf8) expect(/[^\t\n\r -~]/.exec(raw.toString('latin1'))).toBeNull();
        expect(raw.toString('latin1')).toMatch(
          new RegExp(`^Return-Path: <${inPattern(mail.returnPath ?? mail.from.address)}>`, 'im'),
        );
        expect(seen(await simpleParser(raw), mail)).toEqual(wanted(mail));
      },
    );
  });
}

function recipientsOf({ to, cc = [], bcc = [] }: VariedMail): string[] {
  return [...to, ...cc, ...bcc].map(({ address }) => asciiDomain(address));
}

/** What was handed in, as a reader should see it. */
function wanted(mail: VariedMail) {
  const boxes = (list: VariedMail['to'] = []) =>
    list.map(({ name = '', address }) => ({ name, address: readable(asciiDomain(address)) }));
  return {
    subject: mail.subject,
    from: boxes([mail.from]),
    ...(!mail.isUtf8 && { to: boxes(mail.to) }),
    cc: boxes(mail.cc),
    replyTo: boxes(mail.replyTo),
    ...(mail.text !== undefined && { text: lines(mail.text) }),
    ...(mail.html !== undefined && { html: lines(mail.html) }),
    ...(mail.messageId !== undefined && { messageId: mail.messageId }),
    headers: mail.headers ?? {},
  };
}

/** The same of the mail as it arrived. */
function seen(parsed: ParsedMail, mail: VariedMail): ReturnType<typeof wanted> {
  const boxes = (given: AddressObject | AddressObject[] | undefined) =>
    [given ?? []]
      .flat()
      .flatMap(({ value }) =>
        value.map(({ name, address = '' }) => ({ name, address: readable(asciiDomain(address)) })),
      );
  const lineOf = (name: string) => {
    const line = parsed.headerLines.find(({ key }) => key === name.toLowerCase())?.line ?? '';
    return line
      .slice(line.indexOf(':') + 1)
      .replace(/\s+/g, ' ')
      .trim();
  };
  return {
    subject: parsed.subject ?? '',
    from: boxes(parsed.from),
    ...(!mail.isUtf8 && { to: boxes(parsed.to) }),
    cc: boxes(parsed.cc),
    replyTo: boxes(parsed.replyTo),
    ...(mail.text !== undefined && { text: lines(parsed.text ?? '') }),
    ...(mail.html !== undefined && { html: lines(parsed.html || '') }),
    ...(mail.messageId !== undefined && { messageId: parsed.messageId ?? '' }),
    headers: Object.fromEntries(Object.keys(mail.headers ?? {}).map((name) => [name, lineOf(name)])),
  };
}

/** Line ends differ on the way, and the last one may be added. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/\n+$/, '');
}

/** mailparser leaves out the quotation marks of a local part. */
function readable(address: string): string {
  return address.replaceAll('"', '');
}

function asciiDomain(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}

function longestLine(raw: Buffer): number {
  return Math.max(
    ...raw
      .toString('latin1')
      .split(/\r?\n/)
      .map((line) => line.length),
  );
}

function inPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
