-- marked, SQLite
UPDATE messages AS m
SET handed_over_attempt = m.attempts
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "attempt"
  FROM json_each(?)
) AS j
WHERE m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = ?
AND m.status = 'sending'
RETURNING pk;

-- marked, PostgreSQL
UPDATE messages AS m
SET handed_over_attempt = m.attempts
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = $2
AND m.status = 'sending'
RETURNING pk;
-- $1: '[["pk-1",1]]'
-- $2: 'process-1'
