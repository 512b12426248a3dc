// mail-proxy bounce parse FILE...: says of mails that came back who did not get which mail, and why.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { parseBounceStream } from '../../../bounce/parse/parse-bounce-stream.js';
import type { Reading, RecipientReading } from '../../../bounce/parse/reading.js';
import { PlainCommand } from '../../api-command.js';

/** Needs no service and no settings. One mail is in memory at a time, so thousands of files cost no more than one. */
export default class Parse extends PlainCommand {
  static override summary = 'Read bounces and complaints from files and print what they say';
  static override description = 'Needs no running service. `-` reads one mail from standard input.';
  static override strict = false;
  static override args = {
    file: Args.string({ required: true, description: 'A mail as it came (.eml); any number of them.' }),
  };
  static override flags = {
    json: Flags.boolean({ description: 'Print a JSON object per file and line.' }),
  };
  static override examples = [
    '<%= config.bin %> <%= command.id %> bounce.eml',
    '<%= config.bin %> <%= command.id %> --json mails/*.eml',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Parse);
    for (const file of argv.map(String)) {
      try {
        const reading = await parseBounceStream(file === '-' ? process.stdin : createReadStream(file));
        await write(flags.json ? `${JSON.stringify(toAnswer(file, reading))}\n` : describe(file, reading));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        this.logToStderr(`Cannot read ${file}: ${error.message}`);
        process.exitCode = 1;
      }
    }
  }
}

/** Waits while the reader of the output is slower than the files are. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** What the API calls a kind. `what` says more where that is `none`. */
function toAnswer(file: string, { kind, recipients, returned }: Reading): object {
  const isNamed = kind === 'bounce' || kind === 'complaint' || kind === 'delivered';
  const originalId = returned.genroMailId ?? returned.messageIds[0];
  return {
    file,
    kind: isNamed ? kind : 'none',
    ...(!isNamed && { what: kind }),
    results: recipients.map((one) => toResult(one, originalId)),
  };
}

function toResult(one: RecipientReading, originalId: string | undefined): object {
  const code = one.code === undefined ? one.status : String(one.code);
  return {
    recipient: one.address,
    ...(one.type !== undefined && { bounce_type: one.type }),
    ...(code !== undefined && { bounce_code: code }),
    ...(one.status !== undefined && { status: one.status }),
    ...(one.reason !== undefined && { bounce_reason: one.reason }),
    ...(originalId !== undefined && { original_id: originalId }),
    ...(one.action !== undefined && { action: one.action }),
    address_is_dead: one.addressIsDead,
    ...(one.diagnostic !== undefined && { diagnostic: one.diagnostic }),
  };
}

/** A line for the mail and two for each recipient, for people. */
function describe(file: string, { kind, recipients, returned }: Reading): string {
  const id = returned.genroMailId ?? returned.messageIds[0];
  const lines = recipients.flatMap(({ address, type, reason, status, code, addressIsDead, diagnostic }) => [
    `  ${[address, type, reason, code, status, addressIsDead && 'address is dead'].filter(Boolean).join('  ')}`,
    ...(diagnostic === undefined ? [] : [`    ${diagnostic.slice(0, 200)}`]),
  ]);
  return `${[`${file}: ${kind}${id === undefined ? '' : ` of ${id}`}`, ...lines].join('\n')}\n`;
}
