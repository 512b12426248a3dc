// Hands a file to a vendor's SDK as a stream, and ends the request when the source fails: the SDKs would wait for more of it.
import { Readable } from 'node:stream';
import { httpFault, type StoredFile } from './storage.js';

/**
 * @param send makes the request, with a body for each try
 * @throws StorageFault, the error of the source, or the reason of the signal
 */
export async function sendBody(
  file: StoredFile,
  signal: AbortSignal,
  send: (body: () => Readable, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const cut = new AbortController();
  const follow = () => cut.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const body = () => {
    const stream = Readable.from(file.read(), { objectMode: false });
    // Nothing else may listen, and an error without a listener would end the process.
    return stream.on('error', (error) => cut.abort(error));
  };
  try {
    cut.signal.throwIfAborted();
    await send(body, cut.signal);
  } catch (error) {
    throw cut.signal.aborted ? cut.signal.reason : httpFault(error);
  } finally {
    signal.removeEventListener('abort', follow);
  }
}
