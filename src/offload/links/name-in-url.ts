// The name of a file as the last part of a URL.

/** Also encodes the characters that programs take for the end of a link. */
export function nameInUrl(filename: string): string {
  return encodeURIComponent(filename.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
