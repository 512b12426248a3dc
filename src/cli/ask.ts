// Asks for values on a terminal. Without one, a command names what is missing and ends with exit code 2.
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.js';

interface Question {
  /** The flag or argument that gives the value without a question, as `--host HOST`. */
  flag: string;
  message: string;
  /** Offered, and taken where nobody can be asked. */
  suggestion?: string;
  /** Whether the answer stays unseen. */
  isSecret?: boolean;
  /** Whether no answer is an answer. */
  isOptional?: boolean;
  /** Instead of free text. */
  choices?: { value: string; label: string }[];
  /** @returns what is wrong with the answer */
  check?: (answer: string) => string | undefined;
}

/** The user pressed Ctrl-C at a question. Nothing has been done by then. */
class Cancelled extends Fault {
  constructor() {
    super('bad_request', 'Cancelled; nothing was changed');
  }
}

/** A value is missing and nobody can be asked: exit code 2. */
export class Missing extends Error {}

export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/**
 * Asks for each value that `given` lacks, in order.
 * @throws Missing, naming all flags that were missing
 */
export async function askMissing<K extends string>(
  questions: Record<K, Question>,
  given: Partial<Record<K, string | undefined>>,
): Promise<Record<K, string>> {
  const answers: Partial<Record<K, string>> = {};
  const missing: string[] = [];
  for (const [key, question] of Object.entries<Question>(questions) as [K, Question][]) {
    const value = given[key];
    if (value !== undefined) answers[key] = value;
    else if (isInteractive()) answers[key] = await ask(question);
    else if (question.suggestion !== undefined || question.isOptional)
      answers[key] = question.suggestion ?? '';
    else missing.push(question.flag);
  }
  if (missing.length > 0) throw new Missing(`Missing: ${missing.join(', ')}`);
  return answers as Record<K, string>;
}

/** Yes or no. Without a terminal the answer must have been given by a flag. */
export async function confirm(message: string, flag: string): Promise<void> {
  if (!isInteractive()) throw new Missing(`Nobody can be asked here; add ${flag}`);
  const { confirm: askYesNo, isCancel } = await import('@clack/prompts');
  const answer = await askYesNo({ message, initialValue: false });
  if (isCancel(answer) || !answer) throw new Cancelled();
}

/** A secret from a file, or with `-` from stdin: the first line. */
export function readSecret(file: string): string {
  return (readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/)[0] ?? '').trim();
}

async function ask({ message, suggestion, isSecret, isOptional, choices, check }: Question): Promise<string> {
  const { isCancel, password, select, text } = await import('@clack/prompts');
  const validate = (answer: string | undefined) => {
    const given = answer || suggestion || '';
    if (given === '') return isOptional ? undefined : 'Needed';
    return check?.(given);
  };
  const answer =
    choices !== undefined
      ? await select({ message, options: choices, ...(suggestion && { initialValue: suggestion }) })
      : isSecret
        ? await password({ message, validate })
        : await text({
            message,
            validate,
            ...(suggestion && { placeholder: suggestion, defaultValue: suggestion }),
          });
  if (isCancel(answer)) throw new Cancelled();
  return answer ?? '';
}
