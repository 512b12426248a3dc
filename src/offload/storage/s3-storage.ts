// A bucket that speaks S3 as storage of large files: Amazon's, MinIO, R2, Ceph and others.
import type { Readable } from 'node:stream';
import type { StorageLogin } from '../../domain/large-file/config.js';
import type { ObjectStorage } from '../../domain/large-file/storage-url.js';
import { loadPackage } from './load-package.js';
import { sendBody } from './send-body.js';
import { contentDisposition, httpFault, isMissing, type Storage } from './storage.js';

const weekMs = 7 * 86_400_000;

/** Where a region is demanded and none is known. */
const anyRegion = 'us-east-1';

/**
 * A file goes in one request, so that an upload that breaks off leaves nothing. Checksums only where they are required,
 * because R2, B2 and Ceph refuse the SDK's own.
 */
export async function openS3Storage(place: ObjectStorage, login: StorageLogin | undefined): Promise<Storage> {
  const sdk = await loadPackage('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
  const own = openClient(sdk, place, place.endpoint, login);
  const open = place.publicEndpoint === undefined ? own : openClient(sdk, place, place.publicEndpoint, login);
  const at = (name: string) => ({ Bucket: place.bucket, Key: place.prefix + name });
  return {
    longestLinkMs: weekMs,
    async put(name, file, signal) {
      const about = {
        ContentLength: file.size,
        ContentType: file.mimeType,
        ContentDisposition: contentDisposition(file.filename),
      };
      await sendBody(file, signal, (body, abortSignal) =>
        own.send(new sdk.PutObjectCommand({ ...at(name), ...about, Body: body() }), { abortSignal }),
      );
    },
    async *read(name, { from, to }) {
      const command = new sdk.GetObjectCommand({ ...at(name), Range: `bytes=${from}-${to}` });
      const { Body } = await own.send(command).catch(httpFault);
      yield* Body as Readable as AsyncIterable<Buffer>;
    },
    async sizeOf(name) {
      try {
        return (await own.send(new sdk.HeadObjectCommand(at(name)))).ContentLength;
      } catch (error) {
        return isMissing(error) ? undefined : httpFault(error);
      }
    },
    async remove(name) {
      await own.send(new sdk.DeleteObjectCommand(at(name))).catch((error) => {
        if (!isMissing(error)) httpFault(error);
      });
    },
    async link(name, { filename, mimeType, validMs }) {
      const load = () => import('@aws-sdk/s3-request-presigner');
      const { getSignedUrl } = await loadPackage('@aws-sdk/s3-request-presigner', load);
      const command = new sdk.GetObjectCommand({
        ...at(name),
        ResponseContentDisposition: contentDisposition(filename),
        ResponseContentType: mimeType,
      });
      return getSignedUrl(open, command, { expiresIn: Math.floor(validMs / 1000) });
    },
    close() {
      for (const one of new Set([own, open])) one.destroy();
    },
  };
}

const nothing = () => undefined;
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

type Sdk = typeof import('@aws-sdk/client-s3');

function openClient(
  sdk: Sdk,
  place: ObjectStorage,
  endpoint: string | undefined,
  login: StorageLogin | undefined,
): InstanceType<Sdk['S3Client']> {
  const region = place.region ?? (endpoint === undefined ? undefined : anyRegion);
  return new sdk.S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: place.isPathStyle ?? endpoint !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Otherwise the SDK warns on the console of every upload that fails.
    logger: silent,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    ...(login?.user !== undefined && {
      credentials: { accessKeyId: login.user, secretAccessKey: login.password ?? '' },
    }),
  });
}
