// Fields that are taken and have no effect, and what callers are told of them.
import type { FieldNotes } from '../../accept/find-warnings.js';
import { pecNotes } from '../../accept/message-warnings.js';

const notYet = 'has no effect yet';
const notRead = 'has no effect yet: no mailbox is read for bounces by this version';

/** `later` of a field that the schema has meanwhile is not used, so a line may stay until its feature is finished. */
export const accountNotes: FieldNotes = {
  later: {
    ...pecNotes,
    imap_host: notRead,
    imap_port: notRead,
    imap_user: notRead,
    imap_password: notRead,
    imap_folder: notRead,
    imap_tls: notRead,
    keep_transcripts: notYet,
  },
};
