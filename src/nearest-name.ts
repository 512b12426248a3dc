// Finds the known name that a misspelt or guessed one most likely stands for.

/** Words that other programs use for a field, where no similarity of letters leads to ours. */
const synonyms: Record<string, string> = {
  sender: 'from',
  recipient: 'to',
  recipients: 'to',
  content: 'body',
  message: 'body',
  server: 'host',
  login: 'user',
  ssl: 'use_tls',
  secure: 'use_tls',
  starttls: 'use_tls',
};

/** From this difference on, two names have nothing to do with each other. 0: equal, 1: nothing in common. */
const mostDifferent = 0.35;
const shortestPart = 3;
/** Longer names are not compared, because a caller chooses them. */
const longestName = 64;

/** @returns undefined when no known name is similar */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > longestName) return undefined;
  const names = [...known];
  const synonym = synonyms[name.toLowerCase()];
  if (synonym !== undefined && names.includes(synonym)) return synonym;
  const [nearest] = names
    .map((one) => ({ one, difference: differenceOf(lettersOf(name), lettersOf(one)) }))
    .filter(({ difference }) => difference <= mostDifferent)
    .sort((a, b) => a.difference - b.difference);
  return nearest?.one;
}

/** `Reply-To`, `replyTo` and `reply_to` are the same word. */
function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function differenceOf(a: string, b: string): number {
  if (a === b) return 0;
  const [short = '', long = ''] = [a, b].sort((x, y) => x.length - y.length);
  if (short === '') return 1;
  const share = short.length / long.length;
  const isPart = short.length >= shortestPart && share >= 0.45 && long.includes(short);
  const isMixedUp = [...a].sort().join('') === [...b].sort().join('');
  return Math.min(editsBetween(a, b) / long.length, isPart ? 0.3 * (1 - share) : 1, isMixedUp ? 0.25 : 1);
}

/** Characters to add, to remove or to replace (Levenshtein), with a row of the table for each character of `a`. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
