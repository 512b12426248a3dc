// The files that the project `postgresql` leaves out: what they show is decided outside of the database.
// Each statement that they run is also run on PostgreSQL, by the files that are about it.

const reasons: Record<string, string[]> = {
  'How accounts are doing is read by statements that store/account-state runs on PostgreSQL.': [
    'api/routes/state/account-states',
  ],
  'A message is checked before it is stored; any-input sends the same fields to PostgreSQL.': [
    'api/messages/message-addresses',
    'api/messages/message-content',
  ],
  'Tokens, error bodies, shapes and request ids are the work of the API; authentication and any-input call PostgreSQL.':
    [
      'api/contract/admin-fields',
      'api/contract/documented-answers',
      'api/contract/errors',
      'api/contract/request-id',
      'api/contract/token-matrix',
    ],
  'A mail server decides how an attempt ends; retry, breaker, recipients and connection-limit store each kind of end.':
    [
      'api/routes/verify-account',
      'flow/destinations/no-probing',
      'flow/bounces/many-mailboxes',
      'flow/destinations/private-networks',
      'flow/refusals/message-age',
      'flow/refusals/one-message',
      'flow/refusals/transcripts',
      'flow/sending/isolation',
      'flow/sending/many-accounts',
    ],
  'The server of a file decides whether it can be fetched; files and killed store contents.': [
    'flow/attachments/fetched',
    'flow/attachments/hostile-sources',
  ],
  'How a content is written into a mail is decided once it was read; files and contents read it from PostgreSQL.':
    ['flow/attachments/attachments', 'flow/durability/unsendable'],
  'A mailbox is read over IMAP; mailbox-kills, bounced and suppressions store what was read.': [
    'flow/bounces/mailbox',
  ],
  'The order of what waits is kept in Redis; order and sweep read it from PostgreSQL.': [
    'flow/sending/found-again',
    'flow/sending/order-after-loss',
    'flow/sending/order-kept',
  ],
  'Open connections are of the process and a change is told through Redis; put-account and delete-account store it.':
    ['flow/changes/change-account'],
  'A storage decides whether a file gets there; links, large-attachments and file-storage store and remove the rows.':
    ['flow/large-files/bucket', 'flow/large-files/killed'],
  'An application decides how a report ends; report, report-kills and sync-status store each kind of end.': [
    'flow/reports/global-endpoint',
    'flow/reports/handler-memory',
    'flow/reports/report-faults',
    'flow/reports/report-many-hang',
    'flow/reports/report-pauses',
    'flow/reports/sync-calls',
    'flow/reports/sync-client',
  ],
  'Redis or the process goes away, the database does not; durable, kill-loop and sweep go on from what is stored.':
    [
      'flow/durability/redis-down',
      'flow/durability/redis-hanging',
      'flow/durability/stop',
      'flow/sending/in-doubt',
    ],
  'An IMAP server decides what is read; bounced and mailbox store and match on PostgreSQL.': [
    'flow/bounces/mailbox-frozen',
    'flow/bounces/mailbox-servers',
    'flow/bounces/provider-ids',
  ],
  'A seal is made and opened outside of the database; rotate-secrets reads every secret on PostgreSQL.': [
    'api/routes/bound-secrets',
    'store/instance/swapped-secrets',
  ],
};

export const onSqliteAlone = Object.values(reasons)
  .flat()
  .map((path) => `test/${path}.test.ts`);
