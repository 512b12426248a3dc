// mail-proxy trace ID: prints what was said to the mail server in the last attempts of a message.
import { styleText } from 'node:util';
import { Args } from '@oclif/core';
import { Fault } from '../../errors.js';
import { ApiCommand, tenantFlag } from '../api-command.js';
import { localTime, printable } from '../output/print-rows.js';

type Line = { by: 'client' | 'server' | 'remark'; text: string };

interface Traced {
  id: string;
  account_id?: string;
  keep_transcripts: boolean;
  attempts: { attempt: number; ended_ts: number; lines: Line[] }[];
}

const marks = { client: '>', server: '<', remark: '#' };

export default class Trace extends ApiCommand {
  static override summary = 'Show what was said to the mail server in the last attempts of a message';
  static override description =
    'An account keeps it where it has keep_transcripts (accounts update ID --keep-transcripts): ' +
    'commands (>) and replies (<), without credentials and without the mail itself.';
  static override examples = ['<%= config.bin %> trace order-17', '<%= config.bin %> trace order-17 --json'];
  static override args = {
    id: Args.string({ required: true, description: 'The id the application gave it.' }),
  };
  static override flags = tenantFlag;

  async run(): Promise<Traced> {
    const { args, flags } = await this.parse(Trace);
    const api = this.connect(flags);
    const query = { tenant_id: await this.tenantOf(api, flags) };
    const traced = await api<Traced>('GET', `/messages/${encodeURIComponent(args.id)}/trace`, { query });
    if (traced.attempts.length === 0 && !this.jsonEnabled()) throw new Fault('not_found', whyNothing(traced));
    const isColoured = process.stdout.isTTY === true;
    for (const [n, { attempt, ended_ts, lines }] of traced.attempts.entries()) {
      this.log(`${n === 0 ? '' : '\n'}Attempt ${attempt}, ended ${localTime(ended_ts)}`);
      for (const line of lines) this.log(`  ${show(line, isColoured)}`);
    }
    return traced;
  }
}

/** What to do next where nothing is kept. */
function whyNothing({ id, account_id, keep_transcripts }: Traced): string {
  if (account_id === undefined) return `${id} leaves through the default account, which keeps no transcripts`;
  return keep_transcripts
    ? `${id} has no transcript: no attempt has ended since account ${account_id} keeps them`
    : `Account ${account_id} keeps no transcripts; for the next attempts: mail-proxy accounts update ${account_id} --keep-transcripts`;
}

function show({ by, text }: Line, isColoured: boolean): string {
  const line = `${marks[by]} ${printable(text)}`;
  if (!isColoured || by === 'client') return line;
  return styleText(by === 'remark' ? 'dim' : /^[45]/.test(text) ? 'red' : 'green', line);
}
