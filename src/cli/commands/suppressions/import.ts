// mail-proxy suppressions import FILE: puts addresses on the suppression list, one on each line.
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Args } from '@oclif/core';
import { Fault, reasonOf } from '../../../errors.js';
import { ApiCommand, tenantFlag } from '../../api-command.js';
import { type Added, addEntries } from '../../suppressions/add-entries.js';

export default class SuppressionsImport extends ApiCommand {
  static override summary = 'Put the addresses of a file on the suppression list';
  static override description =
    'A line is an address, or an object as `export` prints it. Exit code 1 when a line could not be taken.';
  static override examples = [
    '<%= config.bin %> suppressions import unsubscribed.txt',
    '<%= config.bin %> suppressions export -t old | <%= config.bin %> suppressions import - -t new',
  ];
  static override args = { file: Args.string({ required: true, description: 'The file; - for stdin.' }) };
  static override flags = { ...tenantFlag };

  async run(): Promise<Added> {
    const { args, flags } = await this.parse(SuppressionsImport);
    const api = this.connect(flags);
    const tenant = await this.tenantOf(api, flags);
    const lines = (await read(args.file)).split(/\r?\n/);
    const kept = lines.flatMap((line, n) => (line.trim() === '' ? [] : [{ line: line.trim(), n: n + 1 }]));
    const answer = await addEntries(
      api,
      tenant,
      kept.map(({ line }) => entryOf(line)),
    );
    this.log(`${answer.added} on the list`);
    for (const { n, reason } of answer.rejected) this.logToStderr(`Not taken: line ${kept[n]?.n}: ${reason}`);
    if (answer.rejected.length > 0) process.exitCode = 1;
    return answer;
  }
}

async function read(file: string): Promise<string> {
  try {
    return await text(file === '-' ? process.stdin : createReadStream(file));
  } catch (error) {
    throw new Fault('bad_request', `Cannot read ${file}: ${reasonOf(error)}`);
  }
}

/** What is no JSON is taken for an address. */
function entryOf(line: string): unknown {
  if (!line.startsWith('{')) return line;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
