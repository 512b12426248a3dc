// What a stored message says of an attachment. No I/O.

export const fetchModes = ['base64', 'http_url', 'endpoint', 'filesystem'] as const;
export type FetchMode = (typeof fetchModes)[number];

/** In the head of a message, in the order of its list. */
export interface Attachment {
  /** Clean, and never empty. */
  filename: string;
  mode: FetchMode;
  /** Where it is fetched; absent: its content is stored. */
  path?: string;
  /** Known from the start where the content is stored. */
  size?: number;
  /** As stated, or found where the content is stored; absent: found by name or content when it is fetched. */
  mimeType?: string;
  /** Stated for the content, hexadecimal in small letters. */
  md5?: string;
  /** Without angle brackets. */
  contentId?: string;
  isInline?: boolean;
}

/** Where `fetch_mode` is absent (contract section 7). */
export function modeOf(storagePath: string): FetchMode {
  if (storagePath.startsWith(base64Prefix)) return 'base64';
  if (/^https?:\/\//i.test(storagePath)) return 'http_url';
  return storagePath.startsWith('/') ? 'filesystem' : 'endpoint';
}

export const base64Prefix = 'base64:';
