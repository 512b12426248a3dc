// Takes the order of words that genro-mail-proxy has, `mail-proxy INSTANCE TENANT accounts add`, beside our own.

/**
 * @param args the command line without the name of the program
 * @param known the first words of all commands
 * @returns the same with the command first and instance and tenant as flags; unchanged where the command comes first
 */
export function commandFirst(args: readonly string[], known: ReadonlySet<string>): string[] {
  const end = args.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? [...args] : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end);
  const at = words.findIndex((word) => known.has(word));
  if (at !== 1 && at !== 2) return [...args];
  const [instance = '', tenant = ''] = words;
  const flags = ['--instance', instance, ...(at === 2 ? ['--tenant', tenant] : [])];
  return [...words.slice(at), ...flags, ...rest];
}
