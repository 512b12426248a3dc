// What keeps a page from people: findings of axe-core, what the keyboard does not reach, and a page wider than the screen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of the page that is open, in light and in dark, each with where it is. */
export async function findFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  await page.emulateMedia({ colorScheme: 'light' });
  const faults = await runAxe(page, '{}');
  await page.emulateMedia({ colorScheme: 'dark' });
  // Nothing but colours differs in dark.
  const inDark = await runAxe(page, `{ runOnly: ['color-contrast'] }`);
  const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
  return [
    ...faults,
    ...inDark.map((fault) => `dark: ${fault}`),
    ...(isTooWide ? ['wider than the screen'] : []),
  ];
}

function runAxe(page: Page, options: string): Promise<string[]> {
  return page.evaluate<string[]>(
    `axe.run(document, ${options}).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target.join(' '))))`,
  );
}

/** What can be operated and is not reached by Tab, or does not show that it has the focus. */
export async function findUnreached(page: Page): Promise<string[]> {
  const count = await page.evaluate<number>(`(() => {
    const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')];
    window.unreached = new Set(all.filter((one) => one.checkVisibility()));
    document.addEventListener('focusin', ({ target }) => {
      if (getComputedStyle(target).outlineStyle !== 'none') window.unreached.delete(target);
    });
    document.activeElement.blur();
    return window.unreached.size;
  })()`);
  // A field for a time takes seven.
  for (let presses = 0; presses < count + 20; presses += 1) await page.keyboard.press('Tab');
  return page.evaluate<string[]>('[...window.unreached].map((one) => one.outerHTML.slice(0, 120))');
}

/** Goes on with Tab until this has the focus. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    if (await wanted.evaluate((one) => one.matches(':focus'))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${String(wanted)}`);
}
