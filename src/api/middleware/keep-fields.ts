// What the command log keeps of a call: the fields that its route names, and nothing else. Their size is bounded.

/** Fields of query and body by their paths, such as `client_auth.method`. A list counts as one of its items. */
export interface Audit {
  /** Kept as they are; of a URL its scheme and host alone. */
  keeps?: readonly string[];
  /** Kept as `***`, so that the log tells that they were given. */
  blanks?: readonly string[];
}

/** The longest JSON of one call, in characters. */
const mostCharacters = 64 * 1024;
const longestText = 255;
const blanked = '***';

type Fields = Record<string, unknown>;

/** What is kept of a field: its value, its name, or some of the fields in it. */
type Part = 'keep' | 'blank' | Map<string, Part>;

interface Budget {
  left: number;
}

/**
 * The kept fields of query and body in one object, as JSON. A payload that is too long is marked `truncated`, and its
 * lists are reduced to their length and ids.
 */
export function keepFields(audit: Audit, query: Fields, body: unknown): string {
  const parts = partsOf(audit);
  const given = { ...query, ...(isObject(body) && body) };
  const budget = { left: mostCharacters };
  const whole = keep(parts, given, budget);
  const json = budget.left < 0 ? undefined : JSON.stringify(whole);
  // Escaped characters take more room than the budget counted.
  if (json !== undefined && json.length <= mostCharacters) return json;
  const short = JSON.stringify({ ...summarize(parts, given), truncated: true });
  return short.length <= mostCharacters ? short : '{"truncated":true}';
}

function partsOf({ keeps = [], blanks = [] }: Audit): Map<string, Part> {
  const top = new Map<string, Part>();
  for (const [paths, how] of [
    [keeps, 'keep'],
    [blanks, 'blank'],
  ] as const) {
    for (const path of paths) put(top, path.split('.'), how);
  }
  return top;
}

function put(parts: Map<string, Part>, [name = '', ...rest]: string[], how: 'keep' | 'blank'): void {
  if (rest.length === 0) {
    parts.set(name, how);
    return;
  }
  const inner = parts.get(name);
  const group = inner instanceof Map ? inner : new Map<string, Part>();
  parts.set(name, group);
  put(group, rest, how);
}

/** Undefined: nothing. Looks only for the fields that are kept, so that a body of any size takes no longer. */
function keep(part: Part, value: unknown, budget: Budget): unknown {
  if (value === null || value === undefined) return value;
  if (part === 'blank') return spend(blanked, budget);
  if (Array.isArray(value)) return keepItems(part, value, budget);
  if (part === 'keep') return keepValue(value, budget);
  if (!isObject(value)) return undefined;
  const kept: Fields = {};
  for (const [name, inner] of part) {
    if (!Object.hasOwn(value, name)) continue;
    const one = keep(inner, value[name], budget);
    if (one === undefined) continue;
    budget.left -= name.length + 6;
    kept[name] = one;
  }
  return kept;
}

function keepItems(part: Part, list: unknown[], budget: Budget): unknown[] {
  const kept: unknown[] = [];
  for (const item of list) {
    if (budget.left < 0) break;
    // A list in a list is no field of any route.
    const one = Array.isArray(item) ? undefined : keep(part, item, budget);
    if (one !== undefined) kept.push(one);
  }
  return kept;
}

function keepValue(value: unknown, budget: Budget): unknown {
  if (typeof value === 'string') return spend(shortened(value), budget);
  if (isObject(value)) return undefined;
  budget.left -= 8;
  return value;
}

function spend(text: string, budget: Budget): string {
  budget.left -= text.length + 3;
  return text;
}

/** Of a URL the scheme and the host: logins, paths and queries are often secrets. */
function shortened(text: string): string {
  if (text.includes('://')) {
    if (!URL.canParse(text)) return blanked;
    const { protocol, host } = new URL(text);
    return `${protocol}//${host}`.slice(0, longestText);
  }
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function summarize(parts: Map<string, Part>, given: Fields): Fields {
  const budget = { left: mostCharacters - 1000 };
  const summary: Fields = {};
  for (const [name, part] of parts) {
    const value = given[name];
    if (!Array.isArray(value)) Object.assign(summary, keep(new Map([[name, part]]), given, budget));
    else summary[name] = { count: value.length, ids: idsOf(part, value, budget) };
  }
  return summary;
}

/** As many ids as the budget allows, of a list of ids or of things whose ids are kept. */
function idsOf(part: Part, list: unknown[], budget: Budget): string[] {
  const ids: string[] = [];
  for (const item of list) {
    const id = part === 'keep' ? item : part instanceof Map && part.has('id') && isObject(item) && item.id;
    if (typeof id !== 'string') continue;
    if (budget.left < longestText + 3) break;
    ids.push(spend(shortened(id), budget));
  }
  return ids;
}
