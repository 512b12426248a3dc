// Writes UIDs as the sets of IMAP, as `3:7,9`, each short enough for one command. No I/O.

/** RFC 2683 section 3.2.1.5 asks for command lines of 1,000 bytes at most. */
const mostCharacters = 900;

/** @param uids in ascending order, each once */
export function uidSets(uids: readonly number[]): string[] {
  const sets: string[] = [];
  for (let at = 0; at < uids.length; ) {
    let end = at;
    while (end + 1 < uids.length && uids[end + 1] === (uids[end] ?? 0) + 1) end++;
    const range = end === at ? `${uids[at]}` : `${uids[at]}:${uids[end]}`;
    const last = sets.at(-1);
    if (last === undefined || last.length + range.length >= mostCharacters) sets.push(range);
    else sets[sets.length - 1] = `${last},${range}`;
    at = end + 1;
  }
  return sets;
}
