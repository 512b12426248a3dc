// Counts by name what is under way at the moment.

export interface Counts {
  count(name: string): number;
  /** @returns the function that ends it, to be called once */
  begin(name: string): () => void;
}

export function openCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    count: (name) => counts.get(name) ?? 0,
    begin(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return () => {
        const left = (counts.get(name) ?? 1) - 1;
        if (left > 0) counts.set(name, left);
        else counts.delete(name);
      };
    },
  };
}
