// The headers of every answer, unless the answer sets its own.

/**
 * Answers are data, so a browser must not guess their type, frame them, store them, or run scripts in them.
 * Strict-Transport-Security is left to the proxy in front, because only the proxy knows about TLS.
 */
export const answerHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
