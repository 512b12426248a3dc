// What of a call may be kept in the log of commands: nothing secret, no content of mails, and not too much of it.

const blanked = '***';

/** What the JSON of one call may take, in characters. */
const mostCharacters = 64 * 1024;
const longestText = 2000;
const longestId = 255;

/** Fields that hold what lets somebody in, wherever they stand. */
const secretName =
  /pass(word|wd|phrase)|^pass$|token|secret|api[-_]?key|authorization|credential|private[-_]?key|encryption[-_]?key|cookie/i;
/** Objects in which there are secrets. */
const authName = /^(client_)?auth$/i;
/** Fields that hold what mails say. */
const contentName = /^(body|text|html|content|data)$/i;

type Fields = Record<string, unknown>;

interface Budget {
  left: number;
}

/**
 * The JSON of what a call was given, query and body in one object; a body that is no object is left out. What is too
 * long for it is told by `truncated`, and of its lists there are only their length and the ids.
 */
export function blankPayload(query: Record<string, string>, body: unknown): string {
  const given = { ...query, ...(isObject(body) && body) };
  const budget = { left: mostCharacters };
  const whole = blankFields(given, budget);
  const json = budget.left < 0 ? undefined : JSON.stringify(whole);
  // What has to be escaped takes more than was reckoned with.
  if (json !== undefined && json.length <= mostCharacters) return json;
  const short = JSON.stringify({ ...summarize(given), truncated: true });
  return short.length <= mostCharacters ? short : '{"truncated":true}';
}

/** Of a query, what may be kept. */
export function blankQuery(query: Record<string, string>): Record<string, unknown> {
  return blankFields(query, { left: mostCharacters });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Stops where the budget is spent: whoever sends much is not to make this take long. */
function blankFields(fields: Fields, budget: Budget): Fields {
  const kept: Fields = {};
  // Names such as `__proto__` are fields like any other.
  const keep = (name: string, value: unknown) =>
    Object.defineProperty(kept, name, { value, enumerable: true, configurable: true, writable: true });
  for (const name in fields) {
    if (budget.left < 0) break;
    budget.left -= name.length + 6;
    const value = fields[name];
    if (value === null) keep(name, null);
    else if (secretName.test(name) || contentName.test(name)) keep(name, spend(blanked, budget));
    else if (authName.test(name) && !isObject(value)) keep(name, spend(blanked, budget));
    else if (name === 'storage_path') keep(name, spend(blankPath(value, fields.fetch_mode), budget));
    else keep(name, blank(value, budget));
  }
  return kept;
}

function blank(value: unknown, budget: Budget): unknown {
  if (typeof value === 'string') return spend(blankText(value), budget);
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      if (budget.left < 0) break;
      kept.push(blank(item, budget));
    }
    return kept;
  }
  if (isObject(value)) return blankFields(value, budget);
  budget.left -= 8;
  return value;
}

function spend(text: string, budget: Budget): string {
  budget.left -= text.length + 3;
  return text;
}

/** Where an attachment lies; in the mode base64 this is the attachment. */
function blankPath(path: unknown, mode: unknown): string {
  if (
    typeof path !== 'string' ||
    mode === 'base64' ||
    path.startsWith('base64:') ||
    path.length > longestText
  )
    return blanked;
  return blankText(path);
}

/** Without the logins and queries of URLs, which often are secrets. */
function blankText(text: string): string {
  const short = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  if (!short.includes('://')) return short;
  return short
    .replace(/:\/\/[^\s/?#@]*@/g, `://${blanked}@`)
    .replace(/(:\/\/[^\s?]*)\?[^\s>]*/g, `$1?${blanked}`);
}

function summarize(given: Fields): Fields {
  const budget = { left: mostCharacters - 1000 };
  const summary: Fields = {};
  for (const name of Object.keys(given).slice(0, 20)) {
    const value = given[name];
    const shown = name.slice(0, longestId);
    if (Array.isArray(value)) summary[shown] = { count: value.length, ids: idsOf(value, budget) };
    else if (!isObject(value)) Object.assign(summary, blankFields({ [shown]: value }, budget));
  }
  return summary;
}

/** As many as there is room for. */
function idsOf(list: unknown[], budget: Budget): string[] {
  const ids: string[] = [];
  for (const item of list) {
    const id = isObject(item) ? item.id : item;
    if (typeof id !== 'string') continue;
    if (budget.left < longestId + 3) break;
    ids.push(spend(id.slice(0, longestId), budget));
  }
  return ids;
}
