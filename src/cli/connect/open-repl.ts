// A Node REPL that knows `proxy`, awaits what its calls answer, and keeps a history that its owner alone can read.
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type REPLServer, start } from 'node:repl';
import { makeFolders } from '../../make-folders.js';

/** Resolves when the user leaves it. */
export async function openRepl(prompt: string, proxy: object, historyFile: string): Promise<void> {
  makeFolders(dirname(historyFile));
  closeSync(openSync(historyFile, 'a', 0o600));
  const repl = start({ prompt, ignoreUndefined: true });
  repl.context.proxy = proxy;
  awaitAnswers(repl);
  await new Promise<void>((resolve, reject) => {
    repl.setupHistory(historyFile, (error) => (error === null ? resolve() : reject(error)));
  });
  await new Promise<void>((resolve) => repl.once('exit', () => resolve()));
}

/** Shows the answer of a call instead of its promise, and of a refusal the sentence instead of the stack. */
function awaitAnswers(repl: REPLServer): void {
  const evaluate = repl.eval;
  type Evaluate = typeof evaluate;
  const awaiting: Evaluate = (code, context, file, done) => {
    evaluate.call(repl, code, context, file, (error, value: unknown) => {
      if (error !== null) return done(error, undefined);
      Promise.resolve(value).then(
        (answer) => done(null, answer),
        (refusal: unknown) => {
          repl.output.write(`${refusal instanceof Error ? refusal.message : String(refusal)}\n`);
          done(null, undefined);
        },
      );
    });
  };
  Object.assign(repl, { eval: awaiting });
}
