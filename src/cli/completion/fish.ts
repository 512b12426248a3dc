// The completion script for fish, with what each command and flag does.
import { type KnownCommand, topicsOf } from './commands-known.js';

export function fishScript(commands: readonly KnownCommand[]): string {
  const topics = topicsOf(commands);
  const firsts = [...topics].map(([first, found]) => {
    const about =
      commands.find(({ words }) => words === first)?.summary ?? found.map(({ words }) => words).join(', ');
    return offer(`not __fish_seen_subcommand_from ${[...topics.keys()].join(' ')}`, `-a ${first}`, about);
  });
  const others = commands.flatMap(({ words, summary, flags }) => {
    const [first = '', second] = words.split(' ');
    const seen = `__fish_seen_subcommand_from ${first}`;
    const verbs = topics.get(first)?.map((one) => one.words.split(' ')[1]) ?? [];
    const verb = offer(
      `${seen}; and not __fish_seen_subcommand_from ${verbs.join(' ')}`,
      `-a ${second}`,
      summary,
    );
    const when = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`;
    const own = flags.map(({ name, char, about, options, takesValue }) => {
      const short = char === undefined ? '' : ` -s ${char}`;
      const values = options.length === 0 ? (takesValue ? ' -r' : '') : ` -x -a ${quoted(options.join(' '))}`;
      return offer(when, `-l ${name}${short}${values}`, about);
    });
    return [...(second === undefined ? [] : [verb]), ...own];
  });
  return `# mail-proxy completion for fish: mail-proxy completion fish | source
function __mail_proxy_instances
  set -q MAIL_PROXY_HOME; and set -l home $MAIL_PROXY_HOME; or set -l home ~/.mail-proxy
  command ls -1 $home 2>/dev/null | string match -v '*.*'
end
complete -c mail-proxy -n "__fish_is_first_token" -f -a "(__mail_proxy_instances)" -d Instance
${[...firsts, ...others].join('\n')}
`;
}

function offer(when: string, what: string, about: string): string {
  return `complete -c mail-proxy -n ${quoted(when)} ${what} -d ${quoted(about)}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', ' ')}'`;
}
