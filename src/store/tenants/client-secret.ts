// The secret with which the service logs in at a tenant's application: what a change of settings makes of it.
import { hiddenSecret } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import type { Tenant } from '../generated/sqlite/client.js';
import { checkSecret, type SecretNeeded } from '../secrets/keep-secret.js';
import { type Destination, placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';
import type { ClientAuth } from './tenants.js';

/** The settings that say where the secret goes, and the secret itself. */
export interface EndpointSettings {
  client_base_url?: string | null | undefined;
  client_sync_path?: string | null | undefined;
  client_attachment_path?: string | null | undefined;
  client_auth?: ClientAuth | null | undefined;
}

/** The columns that `checkClientSecret` reads. */
type EndpointColumns = Pick<
  Tenant,
  'clientBaseUrl' | 'clientSyncPath' | 'clientAttachmentPath' | 'clientAuth' | 'clientSecret'
>;

/** Undefined when the settings send no stored secret elsewhere. */
export function checkClientSecret(
  before: EndpointColumns,
  settings: EndpointSettings,
): SecretNeeded | undefined {
  const auth = JSON.parse(before.clientAuth ?? '{"method":"none"}') as ClientAuth;
  const stands = destination({
    client_base_url: before.clientBaseUrl,
    client_sync_path: before.clientSyncPath,
    client_attachment_path: before.clientAttachmentPath,
    client_auth: auth,
  });
  const given = Object.entries(destination(settings)).filter(([, value]) => value !== undefined);
  const { method } = settings.client_auth ?? auth;
  return checkSecret(sealedSecrets.clientSecret, ['client_auth', method === 'basic' ? 'password' : 'token'], {
    isStored: before.clientSecret !== null,
    given: givenSecret(settings.client_auth),
    before: stands,
    after: { ...stands, ...Object.fromEntries(given) },
  });
}

/** @throws Fault `wrong_encryption_key` */
export function openClientAuth(
  ctx: Needs<'secrets'>,
  { id, clientAuth, clientSecret }: Pick<Tenant, 'id' | 'clientAuth' | 'clientSecret'>,
): ClientAuth {
  const { method, user } = JSON.parse(clientAuth ?? '{"method":"none"}') as ClientAuth;
  const secret =
    clientSecret === null
      ? undefined
      : ctx.secrets.open(clientSecret, placeOf(sealedSecrets.clientSecret, id));
  if (method === 'bearer') return { method, token: secret };
  return method === 'basic' ? { method, user, password: secret } : { method: 'none' };
}

/** The column: undefined leaves it as it is. */
export function sealClientSecret(
  ctx: Needs<'secrets'>,
  tenantId: string,
  auth: ClientAuth | null | undefined,
): string | null | undefined {
  const given = givenSecret(auth);
  if (given === undefined || given === hiddenSecret) return undefined;
  return given === null ? null : ctx.secrets.seal(given, placeOf(sealedSecrets.clientSecret, tenantId));
}

/** Undefined: the settings leave the login alone. Null: the login has no secret. */
function givenSecret(auth: ClientAuth | null | undefined): string | null | undefined {
  if (auth === undefined) return undefined;
  const secret = auth?.method === 'bearer' ? auth.token : auth?.method === 'basic' ? auth.password : null;
  return secret || null;
}

function destination({ client_auth, ...places }: EndpointSettings): Destination {
  if (client_auth === undefined) return places;
  return {
    ...places,
    'client_auth.method': client_auth?.method ?? 'none',
    'client_auth.user': client_auth?.user ?? null,
  };
}
