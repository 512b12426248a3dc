// A Chromium without a window that notes every call it makes and everything it complains about.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

export interface Browser {
  page: Page;
  /** The addresses it asked for, data: left out. */
  asked: string[];
  /** Errors and warnings of the console, faults of scripts, and calls that failed. */
  complaints: string[];
  close(): Promise<void>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_MAC = '/Applications/Chromium.app/Contents/MacOS/Chromium';

function browserPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const all = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ON_MAC];
  const found = all.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no Chromium: none of ${NAMES.join(', ')} on PATH`);
  return found;
}

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: browserPath(),
    // As root, and on a machine without a way out: else it looks for updates and its maker's hosts.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) asked.push(request.url());
  });
  page.on('requestfailed', (request) => {
    // A stream of live events goes on until its page is left.
    if (request.resourceType() !== 'eventsource')
      complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, asked, complaints, close: () => browser.close() };
}
