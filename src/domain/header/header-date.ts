// Tells whether a text is a date as the Date header has it (RFC 5322 section 3.3).

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const form =
  /^(?:([a-z]{3}), ?)?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? (?:[+-]\d{2}([0-5]\d)|gmt|ut)(?: \([\w +:-]{1,40}\))?$/i;

/** The day of the week, where there is one, has to be that of the date. */
export function isHeaderDate(text: string): boolean {
  const [, weekday, day, month = '', year, hour, minute, second = '0'] = form.exec(text) ?? [];
  if (day === undefined) return false;
  const date = new Date(Date.UTC(Number(year), months.indexOf(month.toLowerCase()), Number(day)));
  return (
    date.getUTCDate() === Number(day) &&
    months[date.getUTCMonth()] === month.toLowerCase() &&
    Number(year) >= 1900 &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) <= 60 &&
    (weekday === undefined || days[date.getUTCDay()] === weekday.toLowerCase())
  );
}
