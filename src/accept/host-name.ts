// Checks the host of a mail server: a name or an IP address.
import { isIP } from 'node:net';
import { z } from 'zod';
import { isDomain } from './addresses.js';

export const hostName = z.string().refine(isHost, 'is not a host name or address');

/** Names of one label and names with an underscore are allowed, because containers have such names. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || isDomain(text.replace(/\.$/, ''));
}
