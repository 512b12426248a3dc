// Reads the pause that a server asks for in the header Retry-After (RFC 9110 section 10.2.3).

const weekDay = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * @param header seconds, or a date in HTTP's format
 * @returns milliseconds from `now`, without a bound; undefined for anything else
 */
export function readRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000;
  // Date.parse accepts more than HTTP's three formats, all of which begin with the day of the week.
  const at = weekDay.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
