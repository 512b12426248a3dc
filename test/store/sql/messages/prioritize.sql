-- open, SQLite
UPDATE messages AS m
SET priority = ?, next_sweep_at = CASE
WHEN m.next_sweep_at >= ? THEN ? + ?
ELSE ?
END, updated_at = ?
FROM (SELECT value ->> 0 AS "k" FROM json_each(?)) AS j
WHERE m.pk = j.k
AND m.status IN ('pending', 'deferred')
AND m.priority <> ?
RETURNING pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at;

-- open, PostgreSQL
UPDATE messages AS m
SET priority = $1::bigint, next_sweep_at = CASE
WHEN m.next_sweep_at >= $2::bigint THEN $3::bigint + $4::bigint
ELSE $5::bigint
END, updated_at = $6::bigint
FROM (
  SELECT (value ->> 0)::text AS "k"
  FROM jsonb_array_elements($7::jsonb)
) AS j
WHERE m.pk = j.k
AND m.status IN ('pending', 'deferred')
AND m.priority <> $8::bigint
RETURNING pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at;
-- $1: 1
-- $2: 9007199254740988
-- $3: 9007199254740988
-- $4: 1
-- $5: 1767225600000
-- $6: 1767225600000
-- $7: '[["pk-1"]]'
-- $8: 1
