// The statement that writes down what messages are found by, in the transaction that stores the messages.
import { byDatabase, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

interface FoundMessage {
  tenantId: string;
  id: string;
  revision: string;
  /** The numbers of its terms (src/domain/search-terms.ts). */
  terms?: number[];
}

/** A message that replaces another has lost the terms of that one with its new revision. @returns nothing where none has any */
export function putTerms(messages: FoundMessage[]) {
  const withTerms = messages.filter(({ terms = [] }) => terms.length > 0);
  if (withTerms.length === 0) return {};
  const table = rowsOf(
    { tenant: 'text', id: 'text', revision: 'text', terms: 'text' },
    withTerms.map(({ tenantId, id, revision, terms }) => ({
      tenant: tenantId,
      id,
      revision,
      terms: JSON.stringify(terms),
    })),
  );
  const stored = sql`${table} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision`;
  const each = byDatabase({
    sqlite: sql`json_each(j.terms) AS t`,
    postgresql: sql`jsonb_array_elements_text(j.terms::jsonb) AS t(value)`,
  });
  return {
    terms: run(sql`INSERT INTO message_terms (message_pk, term)
      SELECT m.pk, CAST(t.value AS BIGINT) FROM ${stored} CROSS JOIN ${each} WHERE true ON CONFLICT DO NOTHING`),
  };
}
