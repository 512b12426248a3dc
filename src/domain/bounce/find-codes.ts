// Finds the SMTP reply code and the enhanced status code in the words of a server (RFC 5321, RFC 3463).

interface Codes {
  /** 200 to 599. */
  code?: number;
  /** As `5.1.1`. */
  status?: string;
}

/** A code of three digits that is not part of an address, a number or a name. */
const replyCode =
  /(?<![\w.@/-]|\w:)([245]\d\d)(?=$|[\s:;,#'"<({-])(?!-\d{2,}-)(?! ?(?:kb|mb|bytes|seconds|days|hours|minutes|attempts))/gi;
const statusCode = /(?<![\w.@/-]|\w:)[245]\.\d{1,3}\.\d{1,3}(?![\w@/-]|\.\d)/g;
/** Programs name their versions in the same form. */
const ofVersion = /(?:exim|postfix|sendmail|version|v|esmtp|server|mta)[ (]*$/i;
const mostCharacters = 4000;

/**
 * The first reply code, and the status that stands beside it. Where the text has several, the pair that belongs together
 * wins, because relays quote the other server's reply after their own.
 */
export function findCodes(words: string): Codes {
  const text = words.slice(0, mostCharacters);
  const pair =
    /(?<![\w.@/-]|\w:)([245]\d\d)[-\s:;,'"(#]{1,4}(?:smtp;)?([245]\.\d{1,3}\.\d{1,3})(?![\w@-]|\.\d)/i.exec(
      text,
    );
  if (pair?.[1] !== undefined && pair[2] !== undefined && pair[1][0] === pair[2][0]) {
    return { code: Number(pair[1]), status: pair[2] };
  }
  const codes = [...text.matchAll(replyCode)].map(([, code]) => Number(code));
  const statuses = [...text.matchAll(statusCode)]
    .filter(({ index }) => !ofVersion.test(text.slice(Math.max(0, index - 12), index)))
    .map(([status]) => status);
  const code = codes.find((one) => one >= 400 && one < 560) ?? codes[0];
  const status =
    statuses.find((one) => code === undefined || one.startsWith(String(code)[0] ?? '')) ?? statuses[0];
  return { ...(code !== undefined && { code }), ...(status !== undefined && { status }) };
}
