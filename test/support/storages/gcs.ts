// Google Cloud Storage as its JSON API and its signed URLs are on the wire, with objects in memory.
import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { removeAtEnd } from '../stage/clean-up.js';

interface StoredObject {
  body: Buffer;
  metadata: Record<string, unknown>;
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The key of a service account, as Google gives it out. */
export const gcsLogin = {
  password: JSON.stringify({
    type: 'service_account',
    project_id: 'test',
    client_email: 'mail@test.iam.gserviceaccount.com',
    private_key: privateKey,
  }),
};

/** @returns its address */
export async function startGcs(): Promise<string> {
  const objects = new Map<string, StoredObject>();
  const server = createServer((request, response) => {
    answer(objects, request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  removeAtEnd(async () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(
  objects: Map<string, StoredObject>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const url = new URL(request.url ?? '', `http://${request.headers.host}`);
  const json = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const missing = () => json(404, { error: { code: 404, message: 'No such object', errors: [] } });
  if (url.pathname.startsWith('/upload/storage/v1/b/files/o')) {
    const { metadata, body } = await readMultipart(request);
    const name = String(url.searchParams.get('name') ?? metadata.name);
    const md5Hash = createHash('md5').update(body).digest('base64');
    const stored = {
      ...metadata,
      name,
      bucket: 'files',
      size: String(body.length),
      md5Hash,
      generation: '1',
    };
    objects.set(name, { body, metadata: stored });
    return json(200, stored);
  }
  const api = '/storage/v1/b/files/o/';
  const isApi = url.pathname.startsWith(api);
  const name = decodeURIComponent(url.pathname.slice(isApi ? api.length : '/files/'.length));
  const found = objects.get(name);
  if (found === undefined) return missing();
  if (isApi && request.method === 'DELETE') {
    objects.delete(name);
    return response.writeHead(204).end();
  }
  if (isApi && url.searchParams.get('alt') !== 'media') return json(200, found.metadata);
  if (!isApi && !isSigned(url)) return response.writeHead(403).end('SignatureDoesNotMatch');
  const disposition = url.searchParams.get('response-content-disposition');
  const [, from = '0', to = String(found.body.length - 1)] =
    /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const part = found.body.subarray(Number(from), Number(to) + 1);
  const headers = {
    'content-length': part.length,
    ...(disposition && { 'content-disposition': disposition }),
  };
  return response.writeHead(request.headers.range ? 206 : 200, headers).end(part);
}

/** The body of an upload in one request: JSON, and the content. */
async function readMultipart(request: IncomingMessage): Promise<StoredObject> {
  const blocks: Buffer[] = [];
  for await (const block of request) blocks.push(block as Buffer);
  const whole = Buffer.concat(blocks);
  const boundary = `--${/boundary=([^;]+)/.exec(request.headers['content-type'] ?? '')?.[1]?.replaceAll('"', '')}`;
  const second = whole.indexOf(boundary, boundary.length);
  const head = whole.subarray(0, second).toString();
  const start = whole.indexOf('\r\n\r\n', second) + 4;
  const end = whole.lastIndexOf(`\r\n${boundary}--`);
  if (end < start) throw new Error('the upload was not whole');
  const metadata = JSON.parse(head.slice(head.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
  return { metadata, body: whole.subarray(start, end) };
}

/** https://cloud.google.com/storage/docs/authentication/signatures, version 4. The SDK signs the host without its port. */
function isSigned(url: URL): boolean {
  const query = new URLSearchParams(url.search);
  const signature = Buffer.from(query.get('X-Goog-Signature') ?? '', 'hex');
  query.delete('X-Goog-Signature');
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const sorted = [...query]
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = ['GET', url.pathname, sorted, `host:${url.hostname}\n`, 'host', 'UNSIGNED-PAYLOAD'].join(
    '\n',
  );
  const scope = (query.get('X-Goog-Credential') ?? '').split('/').slice(1).join('/');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['GOOG4-RSA-SHA256', query.get('X-Goog-Date'), scope, hash].join('\n');
  return verify('sha256', Buffer.from(text), publicKey, signature);
}
