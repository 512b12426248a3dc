-- query, both databases (SQLite writes ? for each parameter)
SELECT pk, attempts
FROM messages
WHERE next_sweep_at <= $1::bigint
AND status = 'sending'
AND claimed_by = $2;
-- $1: 1767225600000
-- $2: 'process-1'

-- slotsFreed, SQLite
DELETE
FROM send_slots
WHERE attempt IN (
  SELECT j.slot
  FROM (
    SELECT value ->> 0 AS "k", value ->> 1 AS "attempt", value ->> 2 AS "slot"
    FROM json_each(?)
  ) AS j
  JOIN messages m ON m.pk = j.k
  AND m.attempts = j.attempt
  AND m.status = 'sending'
  AND m.claimed_by = ?
);

-- slotsFreed, PostgreSQL
DELETE
FROM send_slots
WHERE attempt IN (
  SELECT j.slot
  FROM (
    SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt", (value ->> 2)::text AS "slot"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
  JOIN messages m ON m.pk = j.k
  AND m.attempts = j.attempt
  AND m.status = 'sending'
  AND m.claimed_by = $2
);
-- $1: '[["pk-1",1,"pk-1-1"]]'
-- $2: 'process-1'

-- released, SQLite
UPDATE messages AS m
SET status = 'pending', claimed_by = NULL, attempts = m.attempts - 1, first_attempt_at = CASE
WHEN m.attempts > 1 THEN m.first_attempt_at
END
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "attempt", value ->> 2 AS "slot"
  FROM json_each(?)
) AS j
WHERE m.pk = j.k
AND m.attempts = j.attempt
AND m.status = 'sending'
AND m.claimed_by = ?;

-- released, PostgreSQL
UPDATE messages AS m
SET status = 'pending', claimed_by = NULL, attempts = m.attempts - 1, first_attempt_at = CASE
WHEN m.attempts > 1 THEN m.first_attempt_at
END
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt", (value ->> 2)::text AS "slot"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE m.pk = j.k
AND m.attempts = j.attempt
AND m.status = 'sending'
AND m.claimed_by = $2;
-- $1: '[["pk-1",1,"pk-1-1"]]'
-- $2: 'process-1'
