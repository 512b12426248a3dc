// Reads `storage_url`: where a tenant's large files are put. No I/O.
import { fileURLToPath } from 'node:url';

export interface ObjectStorage {
  kind: 's3' | 'gs' | 'az';
  /** The bucket, or the container. */
  bucket: string;
  /** Stands before every name in the bucket; empty, or with a slash at its end. */
  prefix: string;
  /** Where it is reached; absent: where its vendor has it. */
  endpoint?: string;
  /** Where recipients reach it; absent: as the service does. */
  publicEndpoint?: string;
  region?: string;
  /** Whether the bucket stands in the path and not in the name of the host. */
  isPathStyle?: boolean;
}

type StoragePlace = { kind: 'file'; folder: string } | ObjectStorage;

const options = {
  s3: ['endpoint', 'public_endpoint', 'region', 'path_style'],
  gs: ['endpoint', 'public_endpoint'],
  az: ['endpoint', 'public_endpoint'],
};

/** @returns the place, or what is wrong with the URL */
export function readStorageUrl(text: string): StoragePlace | string {
  if (!/^(s3|gs|az|file):\/\/\S+$/i.test(text) || !URL.canParse(text))
    return 'is not an s3://, gs://, az:// or file:// URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'has a login in it; it belongs in storage_auth';
  if (url.hash !== '') return 'has a # in it';
  if (url.protocol === 'file:') return readFileUrl(url);
  return readBucketUrl(url, url.protocol.slice(0, -1) as ObjectStorage['kind']);
}

function readFileUrl(url: URL): StoragePlace | string {
  if (url.host !== '' || url.search !== '' || /%00|%2f|%5c/i.test(url.pathname) || url.pathname === '/')
    return 'is not the URL of a folder like file:///srv/files';
  return { kind: 'file', folder: fileURLToPath(url).replace(/\/+$/, '') };
}

function readBucketUrl(url: URL, kind: ObjectStorage['kind']): StoragePlace | string {
  const bucket = url.hostname;
  if (!/^[A-Za-z0-9$][A-Za-z0-9._-]{1,221}$/.test(bucket) || url.port !== '')
    return 'does not name a bucket after its //';
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (!/^[A-Za-z0-9._/-]{0,500}$/.test(prefix) || prefix.split('/').some((part) => /^\.+$/.test(part)))
    return 'has a path with other characters than letters, digits, ., _, - and /';
  const unknown = [...url.searchParams.keys()].find((name) => !options[kind].includes(name));
  if (unknown !== undefined) return `has the option ${unknown}, which ${kind}:// does not know`;
  const given = (name: string) => url.searchParams.get(name) || undefined;
  const [endpoint, publicEndpoint] = [given('endpoint'), given('public_endpoint')];
  for (const one of [endpoint, publicEndpoint])
    if (one !== undefined && !isHttpUrl(one)) return 'has an endpoint that is not an http(s) URL';
  const region = given('region');
  const pathStyle = given('path_style');
  return {
    kind,
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    ...(endpoint !== undefined && { endpoint }),
    ...(publicEndpoint !== undefined && { publicEndpoint }),
    ...(region !== undefined && { region }),
    ...(pathStyle !== undefined && { isPathStyle: /^(1|true|yes)$/i.test(pathStyle) }),
  };
}

function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}
