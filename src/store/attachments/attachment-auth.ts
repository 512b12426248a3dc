// Seals what an attachment is fetched with, for one submission of a message, and opens it again.
import type { Needs } from '../context.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';
import type { ClientAuth } from '../tenants/tenants.js';

/** @param n the place of the attachment in the message's list */
export function sealAttachmentAuth(
  { secrets }: Needs<'secrets'>,
  revision: string,
  n: number,
  auth: ClientAuth,
): string {
  return secrets.seal(JSON.stringify(auth), placeOf(sealedSecrets.attachmentAuth, revision, String(n)));
}

/** @throws Fault `wrong_encryption_key` */
export function openAttachmentAuth(
  { secrets }: Needs<'secrets'>,
  revision: string,
  n: number,
  sealed: string,
): ClientAuth {
  return JSON.parse(
    secrets.open(sealed, placeOf(sealedSecrets.attachmentAuth, revision, String(n))),
  ) as ClientAuth;
}
