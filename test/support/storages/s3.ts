// An S3-compatible server (s3rver) with a bucket `files`, which checks signatures.
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tempFolder } from '../programs/temp-folder.js';
import { removeAtEnd } from '../stage/clean-up.js';

interface S3Server {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}

const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => S3Server;

export const s3Login = { user: 'S3RVER', password: 'S3RVER' };

/** @returns its address */
export async function startS3(): Promise<string> {
  const { path: directory, remove } = await tempFolder('s3');
  removeAtEnd(remove);
  const options = { directory, port: 0, address: '127.0.0.1', silent: true };
  const server = new S3rver({ ...options, configureBuckets: [{ name: 'files' }] });
  const { port } = await server.run();
  removeAtEnd(() => server.close());
  return `http://127.0.0.1:${port}`;
}
