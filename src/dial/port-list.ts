// A list of ports and ranges of ports, such as 80,443,1024-65535.

type PortList = [from: number, to: number][];

/** @returns undefined for a text that is no such list */
export function readPortList(text: string): PortList | undefined {
  const ranges = text.split(',').map((part): [number, number] => {
    const [, from = '', to = from] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(part) ?? [];
    return [Number(from), Number(to)];
  });
  const fits = ranges.every(([from, to]) => from >= 1 && from <= to && to <= 65_535);
  return fits ? ranges : undefined;
}

export function hasPort(list: PortList, port: number): boolean {
  return list.some(([from, to]) => port >= from && port <= to);
}
