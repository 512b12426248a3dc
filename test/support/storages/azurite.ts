// Azurite, Microsoft's emulator of Azure Blob Storage, with a container `files`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { freePort } from '../programs/free-port.js';
import { waitFor } from '../programs/wait-for.js';
import { removeAtEnd } from '../stage/clean-up.js';

/** The account that Azurite knows. */
export const azuriteLogin = {
  user: 'devstoreaccount1',
  password: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

/** @returns its address */
export async function startAzurite(): Promise<string> {
  const port = await freePort();
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const flags = ['--blobPort', String(port), '--inMemoryPersistence', '--skipApiVersionCheck', '--silent'];
  const child = spawn(process.execPath, [program, ...flags], { stdio: 'ignore' });
  removeAtEnd(async () => void child.kill());
  const endpoint = `http://127.0.0.1:${port}/${azuriteLogin.user}`;
  const credential = new StorageSharedKeyCredential(azuriteLogin.user, azuriteLogin.password);
  const service = new BlobServiceClient(endpoint, credential, { retryOptions: { maxTries: 1 } });
  await waitFor('Azurite to answer', () => service.getContainerClient('files').createIfNotExists(), {
    timeoutMs: 60_000,
    everyMs: 200,
  });
  return endpoint;
}
