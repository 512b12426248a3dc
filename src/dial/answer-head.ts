// Sends an HTTP request and waits for the head of its final answer.
import type { ClientRequest, IncomingMessage } from 'node:http';

/**
 * Unasked 1xx are passed over (RFC 9110 section 15.2), but for 101: nothing that follows it is HTTP.
 * @throws also where the connection ends without an error and without an answer
 */
export function answerHead(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`HTTP ${statusCode}, without having been asked for another protocol`));
    });
    request.once('close', () => reject(new Error('The connection ended without an answer')));
    // Stays for errors after the head, which surface where the body is read.
    request.on('error', reject);
    request.end(body);
  });
}
