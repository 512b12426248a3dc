// A stage with a tenant, `acme`, whose attachments may be files below a folder of its own.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import type { Service } from '../../support/programs/service.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import type { ReceivedMessage } from '../../support/servers/received-message.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

type Fields = Record<string, unknown>;

export interface AttachmentStage extends Omit<Stage, 'service' | 'sink'> {
  service: Service;
  sink: SmtpSink;
  tenant: Tenant;
  /** Has a folder for `acme`, and one for `other`. */
  folder: string;
  /** Demands that every message is queued. */
  handIn(messages: Fields[]): Promise<void>;
  /** Waits until mails with these ids have come. */
  arrived(...ids: string[]): Promise<ReceivedMessage[]>;
  /** Sends a mail with these attachments, and resolves with what came. */
  raw(id: string, attachments: Fields[], fields?: Fields): Promise<Buffer>;
  received(id: string, attachments: Fields[], fields?: Fields): Promise<ParsedMail>;
}

export const base64 = (bytes: Buffer | string) => `base64:${Buffer.from(bytes).toString('base64')}`;

export async function setAttachmentStage(): Promise<AttachmentStage> {
  const { path: folder, remove } = await tempFolder('files');
  removeAtEnd(remove);
  const stage = await setStage();
  const sink = await stage.sink();
  const service = await stage.service({ GMP_ATTACHMENT_BASE_DIR: join(folder, '{tenant}') });
  const tenant = await addTenant(service, 'acme', { server: sink });
  mkdirSync(join(folder, 'acme'));
  mkdirSync(join(folder, 'other'));

  const handIn: AttachmentStage['handIn'] = (messages) => tenant.handIn(service, messages);
  const arrived: AttachmentStage['arrived'] = async (...ids) => {
    await sink.waitFor((messages) => ids.every((id) => messages.some((one) => one.id === id)));
    return ids.flatMap((id) => sink.messages.find((one) => one.id === id) ?? []);
  };
  const raw: AttachmentStage['raw'] = async (id, attachments, fields = {}) => {
    await handIn([mail(id, { attachments, ...fields })]);
    const [received] = await arrived(id);
    return received?.raw ?? Buffer.alloc(0);
  };
  const received: AttachmentStage['received'] = async (...given) => simpleParser(await raw(...given));
  return { ...stage, service, sink, tenant, folder, handIn, arrived, raw, received };
}
