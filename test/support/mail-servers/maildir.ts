// Reads what a mail server delivered into a Maildir: one file for each recipient, with the recipient in a header of the server.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Delivered } from './programs.js';

/** @param header of the server that names the recipient: `X-Original-To` of Postfix, `Envelope-to` of Exim */
export async function readMaildir(folder: string, header: string): Promise<Delivered[]> {
  const names = await readdir(join(folder, 'new')).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const raw = await readFile(join(folder, 'new', name));
      const [, recipient = ''] = new RegExp(`^${header}: (.*)$`, 'im').exec(raw.toString('utf8')) ?? [];
      return { recipient: recipient.replace(/^<|>$/g, ''), raw };
    }),
  );
}
