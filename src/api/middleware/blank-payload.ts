// Blanks a call for the command log: no secrets, no content of messages, and a bounded size.

const blanked = '***';

/** The longest JSON of one call, in characters. */
const mostCharacters = 64 * 1024;
const longestText = 2000;
const longestId = 255;

/** Fields that hold credentials, at any depth. */
const secretName =
  /pass(word|wd|phrase)|^pass$|token|secret|api[-_]?key|authorization|credential|private[-_]?key|encryption[-_]?key|cookie/i;
/** Objects that hold credentials. Their harmless fields are shown. */
const authName = /^(client_)?auth$/i;
/** Fields that hold the content of messages. */
const contentName = /^(body|text|html|content|data)$/i;

type Fields = Record<string, unknown>;

interface Budget {
  left: number;
}

/**
 * The query and the body of a call as JSON in one object. A body that is no object is left out. A payload that is too
 * long is marked `truncated`, and its lists are reduced to their length and ids.
 */
export function blankPayload(query: Record<string, string>, body: unknown): string {
  const given = { ...query, ...(isObject(body) && body) };
  const budget = { left: mostCharacters };
  const whole = blankFields(given, budget);
  const json = budget.left < 0 ? undefined : JSON.stringify(whole);
  // Escaped characters take more room than the budget counted.
  if (json !== undefined && json.length <= mostCharacters) return json;
  const short = JSON.stringify({ ...summarize(given), truncated: true });
  return short.length <= mostCharacters ? short : '{"truncated":true}';
}

/** A query without its secrets. */
export function blankQuery(query: Record<string, string>): Record<string, unknown> {
  return blankFields(query, { left: mostCharacters });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Stops when the budget is spent, so that a large body does not take long. */
function blankFields(fields: Fields, budget: Budget): Fields {
  const shown: Fields = {};
  // Defined rather than assigned, so that a field named `__proto__` stays a field.
  const show = (name: string, value: unknown) =>
    Object.defineProperty(shown, name, { value, enumerable: true, configurable: true, writable: true });
  for (const name in fields) {
    if (budget.left < 0) break;
    budget.left -= name.length + 6;
    const value = fields[name];
    if (value === null) show(name, null);
    else if (secretName.test(name) || contentName.test(name)) show(name, spend(blanked, budget));
    else if (authName.test(name) && !isObject(value)) show(name, spend(blanked, budget));
    else if (name === 'storage_path') show(name, spend(blankPath(value, fields.fetch_mode), budget));
    else show(name, blank(value, budget));
  }
  return shown;
}

function blank(value: unknown, budget: Budget): unknown {
  if (typeof value === 'string') return spend(blankText(value), budget);
  if (Array.isArray(value)) {
    const shown: unknown[] = [];
    for (const item of value) {
      if (budget.left < 0) break;
      shown.push(blank(item, budget));
    }
    return shown;
  }
  if (isObject(value)) return blankFields(value, budget);
  budget.left -= 8;
  return value;
}

function spend(text: string, budget: Budget): string {
  budget.left -= text.length + 3;
  return text;
}

/** The path of an attachment. In the mode base64 the path is the attachment itself, and is blanked. */
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

/** Removes the logins and queries of URLs, because they often are secrets. */
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

/** As many ids as the budget allows. */
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
