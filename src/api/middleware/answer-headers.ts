// The headers that stand on every answer, whoever makes it, unless the answer sets its own.

/**
 * Answers are data: a browser must not guess their type, show them in a frame, keep them, or run anything in them.
 * No Strict-Transport-Security: whether there is TLS in front, and for how long, is for the proxy there to say.
 */
export const answerHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
