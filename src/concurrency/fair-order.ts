// Says which member is next in line: round robin between groups, and within a group between its members, so that a group
// with 10,000 members gets no more than one with a single member.

interface FairOrder {
  /** Lines a member up, unless it stands in line already, or takes it out of line. */
  set(group: string, member: string, isReady: boolean): void;
  /**
   * The member that has waited longest of the group that has waited longest. It leaves the line, and its group goes to the
   * end.
   * @param mayServe whether this group may be served now
   */
  next(mayServe: (group: string) => boolean): string | undefined;
  readonly isEmpty: boolean;
  /** Whether members of another group than this stand in line. */
  hasOther(group: string): boolean;
}

export function openFairOrder(): FairOrder {
  /** Both keep the order in which their members lined up. */
  const groups = new Map<string, Set<string>>();

  return {
    set(group, member, isReady) {
      const members = groups.get(group);
      if (!isReady) {
        if (members?.delete(member) && members.size === 0) groups.delete(group);
      } else if (members) members.add(member);
      else groups.set(group, new Set([member]));
    },
    next(mayServe) {
      for (const [group, members] of groups) {
        if (!mayServe(group)) continue;
        const [first] = members;
        groups.delete(group);
        if (first === undefined) continue;
        members.delete(first);
        if (members.size > 0) groups.set(group, members);
        return first;
      }
      return undefined;
    },
    get isEmpty() {
      return groups.size === 0;
    },
    hasOther: (group) => groups.size > (groups.has(group) ? 1 : 0),
  };
}
