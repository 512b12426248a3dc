// Says in plain words why a TLS handshake failed, in place of the text of OpenSSL.

/** The code of a handshake that ended without an alert or a reply. */
export const handshakeEnded = 'EHANDSHAKE';

const tooOld = 'The server offers TLS 1.1 or older only, and TLS 1.2 is the oldest that is used';
const noTls = 'The server does not speak TLS on that port';
const noCipher =
  'The server refuses the TLS handshake: it takes none of the ciphers that are offered, or demands a certificate of the client';
const clientCertificate = 'The server demands a certificate of the client, and none can be set';
const weak = 'The keys or signatures of the server are too weak';
const unknownAuthority =
  'The certificate of the server is of an authority that is not known here, or a certificate in between is missing';

/** By the code of Node without `ERR_SSL_`, or the end of it, because alerts carry the name of a protocol before theirs. */
const handshakes: [end: string, sentence: string][] = [
  ['UNSUPPORTED_PROTOCOL', tooOld],
  ['ALERT_PROTOCOL_VERSION', tooOld],
  ['VERSION_TOO_LOW', tooOld],
  ['WRONG_VERSION_NUMBER', noTls],
  ['PACKET_LENGTH_TOO_LONG', noTls],
  ['HTTP_REQUEST', noTls],
  ['ALERT_HANDSHAKE_FAILURE', noCipher],
  ['ALERT_INSUFFICIENT_SECURITY', noCipher],
  ['WRONG_CIPHER_RETURNED', noCipher],
  ['UNKNOWN_CIPHER_RETURNED', noCipher],
  ['ALERT_CERTIFICATE_REQUIRED', clientCertificate],
  ['ALERT_BAD_CERTIFICATE', clientCertificate],
  ['ALERT_CERTIFICATE_UNKNOWN', clientCertificate],
  ['ALERT_UNKNOWN_CA', clientCertificate],
  ['ALERT_ACCESS_DENIED', clientCertificate],
  ['UNRECOGNIZED_NAME', 'The server has no certificate for that host name'],
  ['ALERT_INTERNAL_ERROR', 'The server failed in the TLS handshake'],
  ['DH_KEY_TOO_SMALL', weak],
  ['EE_KEY_TOO_SMALL', weak],
  ['CA_KEY_TOO_SMALL', weak],
  ['CA_MD_TOO_WEAK', weak],
  ['UNSAFE_LEGACY_RENEGOTIATION_DISABLED', 'The server has only a form of TLS that is no longer secure'],
  ['UNEXPECTED_EOF_WHILE_READING', 'The server ended the connection during the TLS handshake'],
];

/** By the code of a certificate that does not verify. */
const certificates: Record<string, string> = {
  CERT_HAS_EXPIRED: 'The certificate of the server has expired',
  CERT_NOT_YET_VALID: 'The certificate of the server is not valid yet',
  CERT_REVOKED: 'The certificate of the server has been revoked',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate of the server is for another name than the host of the account',
  HOSTNAME_MISMATCH: 'The certificate of the server is for another name than the host of the account',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate of the server is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};

/** @returns a sentence without any text of the server; undefined for the code of anything else */
export function explainTls(code: string): string | undefined {
  if (code === handshakeEnded) return 'The server ended the connection during the TLS handshake';
  const certificate = Object.hasOwn(certificates, code) ? certificates[code] : undefined;
  if (certificate !== undefined) return certificate;
  const [, name] = /^ERR_SSL_(\w+)$/.exec(code) ?? [];
  if (name !== undefined) {
    const known = handshakes.find(([end]) => name.endsWith(end))?.[1];
    return known ?? `The TLS handshake failed: ${name.toLowerCase().replaceAll('_', ' ')}`;
  }
  return isCertificateFault(code) ? `The certificate of the server does not hold (${code})` : undefined;
}

/** Matches the codes of OpenSSL and Node for certificates that do not verify. */
export function isCertificateFault(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|LEAF_SIGNATURE|ISSUER|HOSTNAME_MISMATCH|^UNSPECIFIED$/.test(
    code,
  );
}
