// How long a server asks to be left alone: the header Retry-After (RFC 9110 section 10.2.3).

const weekDay = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * @param header seconds, or a date as HTTP writes it
 * @returns milliseconds from `now`, however many; undefined when it says nothing of the kind
 */
export function readRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes much more than HTTP's three forms, all of which begin with the day.
  const at = weekDay.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
