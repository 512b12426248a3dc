// A container of Azure Blob Storage as storage of large files.
import type { Readable } from 'node:stream';
import type { StorageLogin } from '../../domain/large-file/config.js';
import type { ObjectStorage } from '../../domain/large-file/storage-url.js';
import { loadPackage } from './load-package.js';
import { sendBody } from './send-body.js';
import { contentDisposition, httpFault, isMissing, type Storage, StorageFault } from './storage.js';

/** A file goes in one request, so that an upload that breaks off leaves nothing. */
export async function openAzStorage(place: ObjectStorage, login: StorageLogin | undefined): Promise<Storage> {
  const { user, password } = login ?? {};
  if (!user || !password) throw new StorageFault('az:// needs the account and its key in storage_auth');
  const sdk = await loadPackage('@azure/storage-blob', () => import('@azure/storage-blob'));
  const credential = new sdk.StorageSharedKeyCredential(user, password);
  const container = (endpoint = `https://${user}.blob.core.windows.net`) =>
    new sdk.BlobServiceClient(endpoint, credential, { retryOptions: { maxTries: 3 } }).getContainerClient(
      place.bucket,
    );
  const own = container(place.endpoint);
  const open = place.publicEndpoint === undefined ? own : container(place.publicEndpoint);
  const blob = (name: string) => own.getBlockBlobClient(place.prefix + name);
  return {
    async put(name, file, signal) {
      const headers = {
        blobContentType: file.mimeType,
        blobContentDisposition: contentDisposition(file.filename),
      };
      await sendBody(file, signal, (body, abortSignal) =>
        blob(name).upload(body, file.size, { abortSignal, blobHTTPHeaders: headers }),
      );
    },
    async *read(name, { from, to }) {
      const { readableStreamBody } = await blob(name)
        .download(from, to - from + 1)
        .catch(httpFault);
      yield* readableStreamBody as Readable as AsyncIterable<Buffer>;
    },
    async sizeOf(name) {
      try {
        return (await blob(name).getProperties()).contentLength;
      } catch (error) {
        return isMissing(error) ? undefined : httpFault(error);
      }
    },
    async remove(name) {
      await blob(name).deleteIfExists().catch(httpFault);
    },
    link(name, { filename, mimeType, expiresAt }) {
      return open.getBlockBlobClient(place.prefix + name).generateSasUrl({
        permissions: sdk.BlobSASPermissions.parse('r'),
        expiresOn: new Date(expiresAt),
        contentDisposition: contentDisposition(filename),
        contentType: mimeType,
      });
    },
  };
}
