// mail-proxy send FILE.eml: hands in a mail, and with --wait follows it until it is sent or failed.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { Fault, reasonOf } from '../../errors.js';
import { ApiCommand, tenantFlag } from '../api-command.js';
import { askMissing, Missing } from '../ask.js';
import { waitForResult } from '../messages/wait-for-result.js';

export default class Send extends ApiCommand {
  static override summary = 'Send a mail from a file, from stdin, or written in flags';
  static override examples = [
    '<%= config.bin %> send newsletter.eml --at 2026-12-01T08:00:00Z --batch december',
    '<%= config.bin %> send --from jo@example.org --to you@example.org --subject Hello --text "It works" --wait',
  ];
  static override args = { file: Args.string({ description: 'A mail as a file (.eml); - for stdin.' }) };
  static override flags = {
    ...tenantFlag,
    from: Flags.string({ description: 'Sender; with a file, in place of its From.' }),
    to: Flags.string({
      multiple: true,
      description: 'Recipient; may be repeated; with a file, in place of its To.',
    }),
    subject: Flags.string({ description: 'Subject.' }),
    text: Flags.string({ description: 'Text.' }),
    id: Flags.string({ description: 'Id of the message; else one is made.' }),
    account: Flags.string({ description: "Account; else the tenant's default." }),
    priority: Flags.string({ description: '0 to 3, or immediate, high, medium, low.' }),
    at: Flags.string({ description: 'Not before this time, such as 2026-12-01T08:00:00Z.' }),
    batch: Flags.string({ description: 'Batch code.' }),
    wait: Flags.boolean({ description: 'Wait until it is sent or failed; exit code 1 when it failed.' }),
  };

  async run(): Promise<Record<string, unknown>> {
    const { args, flags } = await this.parse(Send);
    const api = this.connect(flags);
    const tenantId = await this.tenantOf(api, flags);
    const id = flags.id ?? randomUUID();
    const content = args.file === undefined ? await askForMail(flags) : await mailIn(args.file);
    const message = {
      ...content,
      ...(args.file !== undefined && {
        ...(flags.from && { from: flags.from }),
        ...(flags.to && { to: flags.to }),
      }),
      ...(flags.subject !== undefined && { subject: flags.subject }),
      id,
      tenant_id: tenantId,
      account_id: flags.account,
      priority: flags.priority,
      batch_code: flags.batch,
      deferred_ts: flags.at === undefined ? undefined : secondsOf(flags.at),
    };
    const answer = await api('POST', '/commands/add-messages', { body: { messages: [message] } });
    if (!flags.wait) {
      this.log(`Queued as ${id}`);
      return { ...answer, id };
    }
    const result = await waitForResult(api, id, tenantId);
    if (result.status === 'error') throw new Fault('bad_request', `${id} failed: ${result.error}`);
    this.log(`${id} is sent`);
    return { ...result };
  }
}

async function mailIn(file: string): Promise<Record<string, unknown>> {
  let raw: Buffer;
  try {
    raw = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new Fault('bad_request', `${file} cannot be read: ${reasonOf(error)}`);
  }
  // Loaded when used, because the parser is large.
  const { emlToMessage } = await import('../messages/eml-to-message.js');
  return emlToMessage(raw);
}

async function askForMail(flags: {
  from?: string | undefined;
  to?: string[] | undefined;
  subject?: string | undefined;
  text?: string | undefined;
}): Promise<Record<string, unknown>> {
  return askMissing(
    {
      from: { flag: '--from ADDRESS', message: 'From' },
      to: { flag: '--to ADDRESS', message: 'To' },
      subject: { flag: '--subject TEXT', message: 'Subject', suggestion: 'A first mail' },
      text: { flag: '--text TEXT', message: 'Text', suggestion: 'Sent through mail-proxy.' },
    },
    { ...flags, to: flags.to?.join(', ') },
  );
}

function secondsOf(time: string): number {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new Missing(`--at "${time}" is no time; write 2026-12-01T08:00:00Z`);
  return Math.floor(ms / 1000);
}
