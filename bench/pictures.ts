// Takes the pictures of the pages that the documents show, in light, in dark and at the width of a phone, into docs/pictures.
import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { ADMIN_TOKEN } from '../test/support/programs/service.js';
import { startBrowser } from '../test/support/servers/browser.js';
import { mail } from '../test/support/stage/mail.js';
import { layStage } from './stage.js';

const folder = new URL('../docs/pictures/', import.meta.url);

/** Bytes of a picture at most, so that the repository stays small. */
const mostBytes = 60_000;

const stage = await layStage('sqlite');
const browser = await startBrowser();
try {
  const service = await stage.service({ GMP_LOG_LEVEL: 'warn', GMP_SWEEP_INTERVAL_SECONDS: '1' });
  const sink = await stage.sink({
    onRcpt: (address) => {
      if (address.startsWith('gone')) return { code: 550, message: '5.1.1 No such user' };
      if (address.startsWith('full')) return { code: 452, message: '4.2.2 Mailbox full' };
      return undefined;
    },
  });
  for (const [tenant, name] of [
    ['shop', 'The shop'],
    ['school', 'The evening school'],
  ]) {
    await service.api('POST', '/tenant', { id: tenant, name });
    for (const [id, more] of [
      ['main', { limit_per_hour: 40, limit_per_day: 500 }],
      ['newsletter', { limit_per_minute: 5 }],
    ] as const)
      await service.api('POST', '/account', {
        tenant_id: tenant,
        id,
        host: '127.0.0.1',
        port: sink.port,
        use_tls: false,
        keep_transcripts: true,
        ...more,
      });
  }
  await service.api('POST', '/account', {
    tenant_id: 'school',
    id: 'old-server',
    host: '127.0.0.1',
    port: 9,
  });
  const of = (n: number, fields: object) =>
    mail(`order-${n}`, {
      tenant_id: 'shop',
      account_id: n % 3 === 0 ? 'newsletter' : 'main',
      batch_code: n % 3 === 0 ? 'spring' : undefined,
      from: 'Shop <orders@example.com>',
      to: `${n % 11 === 5 ? 'gone' : n % 7 === 3 ? 'full' : 'jo'}${n}@example.org`,
      subject: n % 3 === 0 ? 'Our spring sale begins' : `Your order ${1000 + n}`,
      ...fields,
    });
  const messages = Array.from({ length: 36 }, (_, n) => of(n, {}));
  messages.push(of(40, { tenant_id: 'school', account_id: 'old-server', batch_code: undefined }));
  await service.api('POST', '/commands/add-messages', { messages });
  await sink.waitFor(20);
  // The history counts every five seconds.
  await browser.page.waitForTimeout(12_000);

  const { page } = browser;
  await page.goto(`${service.url}/login`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const places = {
    overview: '/',
    messages: '/dashboard/messages?tenant_id=shop',
    message: '/dashboard/messages/order-3?tenant_id=shop',
    accounts: '/dashboard/accounts',
    setup: '/dashboard/setup/account?tenant_id=shop&provider=gmail',
  };
  for (const [name, path] of Object.entries(places))
    for (const look of ['light', 'dark', 'phone'] as const) {
      await page.setViewportSize(
        look === 'phone' ? { width: 360, height: 740 } : { width: 1100, height: 760 },
      );
      await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light' });
      const response = await page.goto(service.url + path);
      if (!response?.ok()) console.log(`${path} is answered ${response?.status()}`);
      if (name === 'overview') await page.locator('.charts canvas').nth(3).waitFor();
      await keep(page, `${name}-${look}.webp`);
    }
} finally {
  await browser.close();
  await stage.end();
}

/** As WebP, which the browser itself makes of its picture. */
async function keep(page: Page, name: string): Promise<void> {
  const png = (await page.screenshot()).toString('base64');
  const blank = await page.context().browser()?.newPage();
  if (blank === undefined) throw new Error('the browser has ended');
  const url = await blank.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.8);
  })()`);
  await blank.close();
  const bytes = Buffer.from(url.split(',')[1] ?? '', 'base64');
  console.log(`${name}: ${bytes.length} bytes${bytes.length > mostBytes ? ', which is too large' : ''}`);
  await writeFile(new URL(name, folder), bytes);
}
