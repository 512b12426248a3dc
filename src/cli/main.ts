// The entry that bin/run.js starts: brings the words into our order and runs the command that they name.
import { Config, run } from '@oclif/core';
import { flush } from '@oclif/core/flush';
import { readEnvironment } from '../config.js';
import { nearestName } from '../nearest-name.js';
import { homeFolder, listInstances } from './instances/home.js';
import { commandFirst } from './word-order.js';

/** What oclif throws: with the exit code it asks for, 2 for a command line that it cannot read. */
interface Thrown extends Error {
  code?: string;
  oclif?: { exit?: number | false };
}

/** @param dir the URL of a file in the package */
export async function execute(dir: string): Promise<void> {
  // A reader that has seen enough, such as `head`, ends the command without an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let ids: string[] = [];
  try {
    const config = await Config.load(dir);
    ids = config.commandIDs;
    const known = new Set(ids.map((id) => id.split(':')[0] ?? id));
    const args = process.argv.slice(2);
    const unknown = sentenceOnUnknown(args, known);
    if (unknown === undefined) await run(commandFirst(args, known), config);
    else end(unknown, 2);
    await flush();
  } catch (error) {
    const { code, message, oclif, stack } = error as Thrown;
    const exitCode = oclif?.exit || 1;
    const [, id] = /^command (\S+) not found$/.exec(message) ?? [];
    if (code === 'EEXIT') process.exit(oclif?.exit === false ? 1 : (oclif?.exit ?? 1));
    if (id !== undefined) end(noSuchCommand(id, ids), 2);
    else end(oclif === undefined ? (stack ?? message) : message, exitCode);
  }
}

/** Undefined: the first word is a flag, a command or an instance. */
function sentenceOnUnknown(args: string[], known: ReadonlySet<string>): string | undefined {
  const [first, second, third] = args;
  if (first === undefined || first.startsWith('-') || known.has(first) || first === 'help') return undefined;
  const isInstance = listInstances(homeFolder(readEnvironment())).includes(first);
  const hasCommand = [second, third].some((word) => word !== undefined && known.has(word));
  if (isInstance && hasCommand) return undefined;
  if (isInstance) {
    const meant = [second, third].map((word) => word && nearestName(word, known)).find(Boolean);
    if (meant) return `There is no such command of ${first}; did you mean ${meant}?`;
    return `What about ${first}? Try: mail-proxy ${first} info`;
  }
  const nearest = nearestName(first, known);
  if (nearest !== undefined) return `There is no command ${first}; did you mean ${nearest}?`;
  return hasCommand ? undefined : `There is no command ${first}; mail-proxy --help shows all`;
}

/** @param ids of all commands, with `:` between words */
function noSuchCommand(id: string, ids: readonly string[]): string {
  const words = id.replaceAll(':', ' ');
  const [topic] = id.split(':');
  const nearest = nearestName(
    id,
    ids.filter((one) => one.startsWith(`${topic}:`)),
  );
  const hint =
    nearest === undefined ? 'mail-proxy --help shows all' : `did you mean ${nearest.replaceAll(':', ' ')}?`;
  return `There is no command ${words}; ${hint}`;
}

function end(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
