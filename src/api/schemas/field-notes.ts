// Fields that are taken and have no effect, and what callers are told of them.
import type { FieldNotes } from '../../accept/find-warnings.js';
import { pecNotes } from '../../accept/message-warnings.js';

/** `later` of a field that the schema has meanwhile is not used, so a line may stay until its feature is finished. */
export const accountNotes: FieldNotes = {
  later: {
    ...pecNotes,
  },
};
