// A tenant whose large attachments go into links, and a person who opens them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { expect } from 'vitest';
import type { Service } from '../programs/service.js';
import { tempFolder } from '../programs/temp-folder.js';
import type { SmtpSink } from '../servers/smtp-sink.js';
import { removeAtEnd } from '../stage/clean-up.js';
import { mail } from '../stage/mail.js';
import { type Stage, setStage } from '../stage/set-stage.js';
import { addTenant, type Tenant } from '../stage/tenant.js';

type Fields = Record<string, unknown>;

export interface LinkStage {
  stage: Stage;
  service: Service;
  sink: SmtpSink;
  tenant: Tenant;
  /** The storage. */
  folder: string;
  /** Everything over 100 KB is large, and goes into the folder; `config` comes on top. */
  configure(config?: Fields): Promise<void>;
  /** An id that no message has yet. */
  newId(): string;
  send(attachments: Fields[], fields?: Fields): Promise<{ id: string; parsed: ParsedMail }>;
  /** A mail with a link to a large file. */
  linked(attachment: Fields, fields?: Fields): Promise<{ id: string; url: string }>;
  /** The names of the files in the storage. */
  stored(): string[];
  /** What it shows of the attachments of a message. */
  shown(id: string): Promise<Fields[]>;
}

export async function setLinkStage(env: Record<string, string> = {}): Promise<LinkStage> {
  const temp = await tempFolder('links');
  removeAtEnd(temp.remove);
  const folder = join(temp.path, 'store');
  const stage = await setStage();
  const sink = await stage.sink();
  const settings = { GMP_LOG_LEVEL: 'info', GMP_RETRY_DELAYS: '1,1,1,1,1', ...env };
  const service = await stage.service(settings);
  const tenant = await addTenant(service, 'acme', { server: sink });
  let made = 0;
  const newId = () => `m-${++made}`;
  const send: LinkStage['send'] = async (attachments, fields = {}) => {
    const id = newId();
    await tenant.handIn(service, [mail(id, { attachments, ...fields })]);
    await sink.waitFor((messages) => messages.some((one) => one.id === id));
    return { id, parsed: await simpleParser(sink.messages.find((one) => one.id === id)?.raw ?? '') };
  };
  return {
    stage,
    service,
    sink,
    tenant,
    folder,
    newId,
    send,
    async configure(config = {}) {
      const large_file_config = {
        enabled: true,
        action: 'rewrite',
        max_size_mb: 0.1,
        storage_url: `file://${folder}`,
        public_base_url: service.url,
        ...config,
      };
      expect((await service.api('PUT', '/tenant/acme', { large_file_config })).body).toEqual({ ok: true });
    },
    async linked(attachment, fields) {
      const { id, parsed } = await send([attachment], fields);
      return { id, url: linkIn(parsed.text) };
    },
    stored: () => (existsSync(join(folder, 'acme')) ? readdirSync(join(folder, 'acme')) : []),
    async shown(id) {
      const { body } = await service.api<{ attachments: Fields[] }>('GET', `/messages/${id}?tenant_id=acme`);
      return body.attachments;
    },
  };
}

/** An attachment with its content. */
export function file(filename: string, bytes: Buffer): { filename: string; storage_path: string } {
  return { filename, storage_path: `base64:${bytes.toString('base64')}` };
}

export function linkIn(text = ''): string {
  return /http:\/\/\S+\/download\/[^\s"]+/.exec(text)?.[0] ?? 'no link';
}

/** Follows no redirect. */
export function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(url, { method, headers, redirect: 'manual' });
}

/** What a person does on the page. @returns the address of the file */
export async function press(url: string): Promise<string> {
  const answer = await get(url, {}, 'POST');
  expect(answer.status).toBe(303);
  return new URL(answer.headers.get('location') ?? '', url).href;
}

export async function bytesOf(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}
