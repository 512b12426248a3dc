// A bucket of Google Cloud Storage as storage of large files.
import { pipeline } from 'node:stream/promises';
import type { StorageLogin } from '../../domain/large-file/config.js';
import type { ObjectStorage } from '../../domain/large-file/storage-url.js';
import { loadPackage } from './load-package.js';
import { sendBody } from './send-body.js';
import { contentDisposition, httpFault, isMissing, type Storage, StorageFault } from './storage.js';

const weekMs = 7 * 86_400_000;

/** A file goes in one request, so that an upload that breaks off leaves nothing. Its MD5 is compared. */
export async function openGsStorage(place: ObjectStorage, login: StorageLogin | undefined): Promise<Storage> {
  const sdk = await loadPackage('@google-cloud/storage', () => import('@google-cloud/storage'));
  const credentials = readKey(login);
  const own = openBucket(sdk, place, place.endpoint, credentials);
  const open =
    place.publicEndpoint === undefined ? own : openBucket(sdk, place, place.publicEndpoint, credentials);
  const key = (name: string) => place.prefix + name;
  return {
    longestLinkMs: weekMs,
    async put(name, file, signal) {
      const upload = own.file(key(name)).createWriteStream({
        resumable: false,
        validation: 'md5',
        contentType: file.mimeType,
        metadata: { contentDisposition: contentDisposition(file.filename) },
      });
      await sendBody(file, signal, (body, cut) => pipeline(body(), upload, { signal: cut }));
    },
    async *read(name, { from, to }) {
      try {
        const reading = own.file(key(name)).createReadStream({ start: from, end: to, validation: false });
        yield* reading as AsyncIterable<Buffer>;
      } catch (error) {
        httpFault(error);
      }
    },
    async sizeOf(name) {
      try {
        const [metadata] = await own.file(key(name)).getMetadata();
        return Number(metadata.size);
      } catch (error) {
        return isMissing(error) ? undefined : httpFault(error);
      }
    },
    async remove(name) {
      await own.file(key(name)).delete({ ignoreNotFound: true }).catch(httpFault);
    },
    async link(name, { filename, mimeType, expiresAt }) {
      const [url] = await open.file(key(name)).getSignedUrl({
        version: 'v4',
        action: 'read',
        expires: expiresAt,
        responseDisposition: contentDisposition(filename),
        responseType: mimeType,
      });
      return url;
    },
  };
}

type Sdk = typeof import('@google-cloud/storage');

function openBucket(
  sdk: Sdk,
  { bucket }: ObjectStorage,
  endpoint: string | undefined,
  credentials: AccountKey | undefined,
): ReturnType<InstanceType<Sdk['Storage']>['bucket']> {
  return new sdk.Storage({
    ...(credentials && { credentials }),
    ...(credentials?.project_id !== undefined && { projectId: credentials.project_id }),
    // Google's other host names want the login as well; a server of another name is a stand-in without one.
    ...(endpoint !== undefined && {
      apiEndpoint: endpoint.replace(/\/+$/, ''),
      useAuthWithCustomEndpoint: new URL(endpoint).hostname.endsWith('.googleapis.com'),
    }),
    retryOptions: { maxRetries: 2, totalTimeout: 60 },
  }).bucket(bucket);
}

interface AccountKey {
  client_email: string;
  private_key: string;
  project_id?: string;
}

/** @throws StorageFault for a password that is not the key of a service account */
function readKey(login: StorageLogin | undefined): AccountKey | undefined {
  if (login?.password === undefined) return undefined;
  try {
    const { client_email, private_key, project_id } = JSON.parse(login.password) as AccountKey;
    if (client_email && private_key) return { client_email, private_key, ...(project_id && { project_id }) };
  } catch {
    // As for JSON that is no key.
  }
  throw new StorageFault('the password in storage_auth is not the JSON key of a service account');
}
