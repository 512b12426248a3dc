// GET /metrics counts the attachments that were fetched, their bytes, and those that could not be had.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFileServer } from '../../support/http/file-server.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

test('fetches are counted by source and result, and bytes by source', async () => {
  const stage = await setStage();
  const files = await startFileServer();
  removeAtEnd(files.stop);
  files.serve('/good', (response) => response.end('x'.repeat(1000)));
  files.serve('/busy', (response) => response.writeHead(503).end());
  files.serve('/endpoint', (response) => response.end('x'.repeat(20)));
  const temp = await tempFolder('metrics');
  removeAtEnd(temp.remove);
  mkdirSync(join(temp.path, 'files'));
  writeFileSync(join(temp.path, 'files/a'), 'x'.repeat(300));
  const service = await stage.service({
    GMP_PRIVATE_NETWORKS: 'allow',
    GMP_ATTACHMENT_BASE_DIR: join(temp.path, 'files'),
    GMP_RETRY_DELAYS: '3600',
  });
  const tenant = await addTenant(service, 'acme', {
    server: await stage.sink(),
    tenant: { client_base_url: files.url, client_attachment_path: '/endpoint' },
  });
  const metrics = async () => {
    const { body } = await service.api<string>('GET', '/metrics');
    return body.split('\n').filter((line) => line.startsWith('gmp_attachment_'));
  };
  expect((await metrics()).filter((line) => !line.endsWith(' 0'))).toEqual([]);

  const paths = [`${files.url}/good`, `${files.url}/busy`, `${files.url}/none`, 'doc', 'base64:YQ=='];
  paths.push(join(temp.path, 'files/a'), join(temp.path, 'files/none'));
  const messages = paths.map((storage_path, n) =>
    mail(`m-${n}`, { attachments: [{ filename: 'a', storage_path }] }),
  );
  await tenant.handIn(service, messages);
  await tenant.untilAll(service, ({ status }) => status !== 'pending');
  const md5 = createHash('md5').update('x'.repeat(1000)).digest('hex');
  const kept = { filename: 'a', storage_path: `${files.url}/good`, content_md5: md5 };
  for (const id of ['fetched', 'from-the-cache']) {
    await tenant.handIn(service, [mail(id, { attachments: [kept] })]);
    await tenant.until(service, id, ({ status }) => status === 'sent');
  }
  const fetches = (source: string, result: string, n: number) =>
    `gmp_attachment_fetches_total{source="${source}",result="${result}"} ${n}`;
  expect(await metrics()).toEqual([
    fetches('http_url', 'fetched', 2),
    fetches('http_url', 'cached', 1),
    fetches('http_url', 'deferred', 1),
    fetches('http_url', 'failed', 1),
    fetches('endpoint', 'fetched', 1),
    fetches('endpoint', 'cached', 0),
    fetches('endpoint', 'deferred', 0),
    fetches('endpoint', 'failed', 0),
    fetches('filesystem', 'fetched', 1),
    fetches('filesystem', 'deferred', 0),
    fetches('filesystem', 'failed', 1),
    'gmp_attachment_bytes_total{source="http_url"} 2000',
    'gmp_attachment_bytes_total{source="endpoint"} 20',
    'gmp_attachment_bytes_total{source="filesystem"} 300',
  ]);
});
