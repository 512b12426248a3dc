// Passes an answer of any length on to standard output as it comes.
import { once } from 'node:events';
import { Fault, reasonOf } from '../../errors.js';
import type { ApiTarget } from '../call-api.js';

/** @throws Fault `bad_request` when the service refuses or does not answer */
export async function pipeAnswer({ url, token }: ApiTarget, path: string): Promise<void> {
  try {
    const answer = await fetch(url + path, { headers: { 'x-api-token': token } });
    if (!answer.ok) throw new Fault('bad_request', `${url} refuses: ${await answer.text()}`);
    for await (const chunk of answer.body ?? []) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('bad_request', `${url} does not answer: ${reasonOf(error)}`);
  }
}
