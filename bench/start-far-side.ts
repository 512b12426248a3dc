// Starts the mail server and the application of a benchmark in a process of their own, and asks it what arrived.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface FarSideProcess {
  readonly smtpPort: number;
  readonly reportUrl: string;
  /** @returns the answer of bench/far-side.ts */
  ask<Answer>(question: string): Promise<Answer>;
  end(): void;
}

/** @param delayMs how long the server keeps the reply to a mail back */
export async function startFarSide(delayMs = 0): Promise<FarSideProcess> {
  const program = fileURLToPath(new URL('far-side.ts', import.meta.url));
  const far = fork(program, [String(delayMs)], { execArgv: ['--import', 'tsx'] });
  far.setMaxListeners(0);
  const addresses = await messageFrom<{ smtpPort: number; reportUrl: string }>(far);
  return {
    ...addresses,
    ask<Answer>(question: string) {
      const answer = messageFrom<Answer>(far);
      far.send(question);
      return answer;
    },
    end: () => far.disconnect(),
  };
}

function messageFrom<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('disconnect', () => reject(new Error('the far side ended')));
  });
}
