// What there is to complete: the first words of all commands, the words after them, their flags, and the values of flags.

export interface KnownCommand {
  /** As it is typed, such as `accounts add`. */
  words: string;
  summary: string;
  flags: { name: string; char?: string; about: string; options: string[]; takesValue: boolean }[];
}

/** The part of oclif's manifest that is read here. */
interface ManifestCommand {
  id: string;
  hidden?: boolean;
  summary?: string | undefined;
  description?: string | undefined;
  flags: Record<string, ManifestFlag>;
}

interface ManifestFlag {
  name: string;
  char?: string;
  type: string;
  hidden?: boolean;
  allowNo?: boolean;
  options?: readonly string[];
  summary?: string;
  description?: string;
}

export function knownCommands(commands: readonly ManifestCommand[]): KnownCommand[] {
  return commands
    .filter(({ hidden }) => !hidden)
    .map(({ id, summary, description, flags }) => ({
      words: id.replaceAll(':', ' '),
      summary: summary ?? description ?? '',
      flags: Object.values(flags)
        .filter(({ hidden }) => !hidden)
        .flatMap((flag) => (flag.allowNo ? [flag, { ...flag, name: `no-${flag.name}` }] : [flag]))
        .map((flag) => ({
          name: flag.name,
          ...(flag.char !== undefined && { char: flag.char }),
          about: flag.summary ?? flag.description ?? '',
          options: [...(flag.options ?? [])],
          takesValue: flag.type === 'option',
        })),
    }))
    .sort((a, b) => (a.words < b.words ? -1 : 1));
}

/** The first word of each command with the words that may follow it; none where it is a command by itself. */
export function topicsOf(commands: readonly KnownCommand[]): Map<string, KnownCommand[]> {
  const topics = new Map<string, KnownCommand[]>();
  for (const command of commands) {
    const [first = '', second] = command.words.split(' ');
    const known = topics.get(first) ?? [];
    topics.set(first, second === undefined ? known : [...known, command]);
  }
  return topics;
}
