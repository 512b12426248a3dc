// The address of a service, from what it listens on or as somebody has typed it.

/** A service that listens on all addresses is called on the local one. */
export function urlOfListener(host: string, port: number | string): string {
  return `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${port}`;
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
