// The completion script for bash, which zsh can read too. It needs no call of mail-proxy, so that Tab answers at once.
import { type KnownCommand, topicsOf } from './commands-known.js';

export function bashScript(commands: readonly KnownCommand[]): string {
  const topics = topicsOf(commands);
  const verbs = [...topics]
    .filter(([, found]) => found.length > 0)
    .map(
      ([topic, found]) =>
        `    ${topic}) verbs="${found.map(({ words }) => words.split(' ')[1]).join(' ')}" ;;`,
    );
  const flags = commands.map(({ words, flags: own }) => {
    return `    "${words}") list="${own.map(({ name }) => `--${name}`).join(' ')}" ;;`;
  });
  const values = commands.flatMap(({ words, flags: own }) =>
    own
      .filter(({ options }) => options.length > 0)
      .map(({ name, options }) => `    "${words} --${name}") list="${options.join(' ')}" ;;`),
  );
  return `# mail-proxy completion for bash: eval "$(mail-proxy completion bash)"
_mail_proxy_instances() {
  ls -1 "\${MAIL_PROXY_HOME:-$HOME/.mail-proxy}" 2>/dev/null | grep -v '\\.'
}
_mail_proxy() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local first="${[...topics.keys()].join(' ')}"
  local word command="" next="" verbs="" list="" n=0
  local words=()
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$word" in -*) ;; *) words+=("$word") ;; esac
  done
  # An instance and a tenant may stand before the command.
  for n in 0 1 2; do
    [ -n "\${words[n]:-}" ] || continue
    case " $first " in *" \${words[n]} "*) command="\${words[n]}"; next="\${words[n+1]:-}"; break ;; esac
  done
  case "$command" in
${verbs.join('\n')}
  esac
  if [ -n "$verbs" ]; then
    case " $verbs " in *" $next "*) command="$command $next" ;; *) list="$verbs"; command="" ;; esac
  elif [ -z "$command" ]; then
    list="$first"
    [ "\${#words[@]}" -gt 0 ] || list="$list $(_mail_proxy_instances)"
  fi
  case "$command $prev" in
${values.join('\n')}
    *" --instance"|*" -i") list="$(_mail_proxy_instances)" ;;
    start\\ *|stop\\ *|restart\\ *|status\\ *|delete\\ *|use\\ *|logs\\ *)
      [ "$prev" != "$command" ] || list="$(_mail_proxy_instances)" ;;
  esac
  if [ -z "$list" ]; then
    case "$cur" in -*) case "$command" in
${flags.join('\n')}
    esac ;; esac
  fi
  COMPREPLY=($(compgen -W "$list" -- "$cur"))
}
complete -o default -F _mail_proxy mail-proxy
`;
}

export function zshScript(commands: readonly KnownCommand[]): string {
  return `#compdef mail-proxy
# mail-proxy completion for zsh: eval "$(mail-proxy completion zsh)"
autoload -U +X compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${bashScript(commands)}`;
}
