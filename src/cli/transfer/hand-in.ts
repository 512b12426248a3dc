// Hands messages in and tells of each one that was rejected, also where all of them were.
import { Fault } from '../../errors.js';
import type { CallApi } from '../call-api.js';

interface HandedIn {
  queued: number;
  rejected: { id: string; reason: string }[];
}

/** @throws Fault when the call itself is refused */
export async function handIn(api: CallApi, messages: unknown[]): Promise<HandedIn> {
  try {
    return await api<HandedIn>('POST', '/commands/add-messages', { body: { messages } });
  } catch (error) {
    // Where all of a call are rejected, the refusal has a line for each.
    if (!(error instanceof Fault) || !error.message.includes('\n')) throw error;
    const lines = error.message.split('\n').filter((line) => line.startsWith('  '));
    const rejected = lines.map((line) => {
      const [id = '', ...reason] = line.trim().split(': ');
      return { id, reason: reason.join(': ') };
    });
    return { queued: 0, rejected };
  }
}
