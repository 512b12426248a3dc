// What may stand as the server of an account or a mailbox.
import { isIP } from 'node:net';
import { z } from 'zod';
import { isDomain } from './addresses.js';

export const hostName = z.string().refine(isHost, 'is not a host name or address');

/** Also a name of one label, or one with an underscore, as containers have. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || isDomain(text.replace(/\.$/, ''));
}
