// A client of genro-mail-proxy 0.6.10 gets the answers that it knows, except for the differences in the table.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';
import { accounts } from './transcript/accounts.js';
import { adding } from './transcript/adding.js';
import { commands, instance } from './transcript/commands.js';
import { general } from './transcript/general.js';
import type { Answer } from './transcript/row.js';
import { tenants } from './transcript/tenants.js';

const transcript = [general, tenants, accounts, adding, commands, instance].flat();

let stage: ApiStage;
let sink: SmtpSink;
const tokens: Record<string, string | null> = { nobody: null, wrong: 'wrong' };
beforeAll(async () => {
  sink = await startSmtpSink();
  // The accounts of the transcript stand on this machine.
  stage = await setApiStage({ GMP_PRIVATE_NETWORKS: 'allow' });
  for (const id of ['acme', 'other']) tokens[id] = await stage.tenant(id);
  await stage.account('acme', 'out', { host: sink.host, port: sink.port });
});
afterAll(async () => {
  await stage.remove();
  await sink.stop();
});

/** In this order, each after those before it. */
test.each(transcript)('$name', async ({ call: [method, path, body], as, untilSent, theirs, ours }) => {
  const token = as === undefined ? {} : { token: tokens[as] ?? null };
  const { status, body: answered } = await stage.service.api<unknown>(method, path, body, token);
  const answer = { status, body: answered };
  expect(answer).toEqual(expected(ours ?? theirs));
  // A difference that is none any more, or never was, is to be struck out.
  if (ours) expect(answer).not.toEqual(expected(theirs));
  if (untilSent) {
    await waitFor('it to be sent', async () => {
      const { body: page } = await stage.list({ tenant_id: 'acme', status: 'sent' });
      return page.messages.length === 1;
    });
  }
});

test('every difference names its reason', () => {
  for (const { ours } of transcript) if (ours) expect(ours.because).toMatch(/\w{3}/);
});

function expected({ status, body }: Answer): unknown {
  return { status, body: body === undefined ? expect.anything() : body };
}
