// Every secret that the database holds: where it stands, and which settings say where it is sent. A new secret is a row
// here.

export interface SealedSecret {
  /** Seals are made for a kind and a row, so that a sealed secret opens nowhere else. */
  kind: string;
  table: string;
  column: string;
  /** The two expressions identify a row and order the rows. */
  key: [string, string];
  /**
   * The settings that say where the secret is sent, by their names in the API, each with the test whether a change keeps
   * it where it was. A caller that changes one of them has to give the secret again.
   */
  boundTo: Record<string, (before: Value, after: Value) => boolean>;
}

/** The value of a setting. Undefined and null: not set. */
type Value = string | number | boolean | null | undefined;

/** Settings by their names in the API. */
export type Destination = Record<string, Value>;

const same = (before: Value, after: Value) => (before ?? null) === (after ?? null);

/** Names of hosts are the same in capital and small letters (RFC 4343). */
const sameHost = (before: Value, after: Value) => same(lower(before), lower(after));

/** Null is between the two: TLS where the server offers it. */
const noLessTls = (before: Value, after: Value) => tlsRank(after) >= tlsRank(before);

const noMorePlaintext = (before: Value, after: Value) => before === true || after !== true;

/** Without a base URL the secret is sent nowhere. */
const sameUrlOrNone = (before: Value, after: Value) => after == null || same(hrefOf(before), hrefOf(after));

/** For a secret that is sent nowhere: no change of another setting asks for it again. */
const nothing = {};

/** The proof of the key comes last: until the current key has sealed it, no start without the previous key succeeds. */
export const sealedSecrets = {
  accountPassword: {
    kind: 'account.password',
    table: 'accounts',
    column: 'password',
    key: ['tenant_id', 'id'],
    boundTo: {
      host: sameHost,
      port: same,
      user: same,
      use_tls: noLessTls,
      allow_plaintext: noMorePlaintext,
    },
  },
  accountImapPassword: {
    kind: 'account.imap_password',
    table: 'accounts',
    column: 'imap_password',
    key: ['tenant_id', 'id'],
    boundTo: { imap_host: sameHost, imap_port: same, imap_user: same, imap_tls: noLessTls },
  },
  clientSecret: {
    kind: 'tenant.client_auth',
    table: 'tenants',
    column: 'client_secret',
    key: ['id', 'id'],
    boundTo: {
      client_base_url: sameUrlOrNone,
      client_sync_path: same,
      client_attachment_path: same,
      'client_auth.method': same,
      'client_auth.user': same,
    },
  },
  // Both sign reports and are sent nowhere. One kind, because the current secret becomes the previous one as it is.
  webhookSecret: {
    kind: 'tenant.webhook_secret',
    table: 'tenants',
    column: 'webhook_secret',
    key: ['id', 'id'],
    boundTo: nothing,
  },
  webhookSecretPrevious: {
    kind: 'tenant.webhook_secret',
    table: 'tenants',
    column: 'webhook_secret_previous',
    key: ['id', 'id'],
    boundTo: nothing,
  },
  storageSecret: {
    kind: 'tenant.storage_auth',
    table: 'tenants',
    column: 'storage_secret',
    key: ['id', 'id'],
    boundTo: { 'large_file_config.storage_url': sameUrlOrNone, 'large_file_config.storage_auth.user': same },
  },
  // A copy of the login, so that a file can be removed after the storage of its tenant has changed, or the tenant is gone.
  fileLogin: {
    kind: 'large_file.login',
    table: 'large_files',
    column: 'secret',
    key: ['id', 'id'],
    boundTo: nothing,
  },
  fileLink: { kind: 'file_link', table: 'file_links', column: 'secret', key: ['id', 'id'], boundTo: nothing },
  // For the submission and not for the message, which keeps its key when it is replaced.
  attachmentAuth: {
    kind: 'attachment.auth',
    table: 'message_attachments',
    column: 'secret',
    key: ['(SELECT m.revision FROM messages m WHERE m.pk = message_pk)', 'CAST(n AS TEXT)'],
    boundTo: nothing,
  },
  bouncePassword: {
    kind: 'instance.imap_password',
    table: 'instance',
    column: 'bounce_imap_password',
    key: ['CAST(id AS TEXT)', 'CAST(id AS TEXT)'],
    boundTo: { imap_host: sameHost, imap_port: same, imap_user: same, imap_ssl: noLessTls },
  },
  keyCheck: {
    kind: 'instance.key_check',
    table: 'instance',
    column: 'key_check',
    key: ['CAST(id AS TEXT)', 'CAST(id AS TEXT)'],
    boundTo: nothing,
  },
} satisfies Record<string, SealedSecret>;

/** What a secret of this row is sealed for. The parts are those of `key`. */
export function placeOf({ kind }: SealedSecret, first: string, second = first): string[] {
  return [kind, first, second];
}

function lower(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function tlsRank(useTls: Value): number {
  return useTls == null ? 1 : useTls ? 2 : 0;
}

/** Slashes at the end are left out when a report is sent. */
function hrefOf(url: Value): Value {
  return typeof url === 'string' ? new URL(url).href.replace(/\/+$/, '') : url;
}
