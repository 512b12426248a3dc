-- postponed, SQLite
UPDATE messages
SET next_sweep_at = CASE
WHEN due_at > ? THEN due_at
ELSE ?
END + CASE
WHEN due_at > ?
OR ? - created_at < ? THEN ?
WHEN ? - created_at > ? THEN ?
ELSE ? - created_at
END
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "at"
  FROM json_each(?)
) AS j
WHERE messages.pk = j.k
AND messages.next_sweep_at = j.at
AND messages.status IN ('pending', 'deferred');

-- postponed, PostgreSQL
UPDATE messages
SET next_sweep_at = CASE
WHEN due_at > $1::bigint THEN due_at
ELSE $2::bigint
END + CASE
WHEN due_at > $3::bigint
OR $4::bigint - created_at < $5::bigint THEN $6::bigint
WHEN $7::bigint - created_at > $8::bigint THEN $9::bigint
ELSE $10::bigint - created_at
END
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "at"
  FROM jsonb_array_elements($11::jsonb)
) AS j
WHERE messages.pk = j.k
AND messages.next_sweep_at = j.at
AND messages.status IN ('pending', 'deferred');
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: 1767225600000
-- $4: 1767225600000
-- $5: 5000
-- $6: 5000
-- $7: 1767225600000
-- $8: 3600000
-- $9: 3600000
-- $10: 1767225600000
-- $11: '[["pk-1",2000]]'
