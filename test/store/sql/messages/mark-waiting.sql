-- first, SQLite
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata, of_breaker
)
SELECT m.tenant_id, m.pk, m.id, 'deferred', ?, j.reason, j.metadata, j.of_breaker = 1
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "until", value ->> 3 AS "reason",
    value ->> 4 AS "metadata", value ->> 5 AS "of_breaker"
  FROM json_each(?)
) AS j
JOIN messages m ON m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
AND m.blocked_until IS NULL
RETURNING message_pk;

-- first, PostgreSQL
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata, of_breaker
)
SELECT m.tenant_id, m.pk, m.id, 'deferred', $1::bigint, j.reason, j.metadata, j.of_breaker = 1
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::bigint AS "until",
    (value ->> 3)::text AS "reason", (value ->> 4)::text AS "metadata", (value ->> 5)::bigint AS "of_breaker"
  FROM jsonb_array_elements($2::jsonb)
) AS j
JOIN messages m ON m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
AND m.blocked_until IS NULL
FOR UPDATE OF m
RETURNING message_pk;
-- $1: 1767225600000
-- $2: '[["pk-1","rev-1",1767225601000,"full","{\"deferred_ts\":1767225601,\"rate_limit\":{\"window\":\"hour\",\"limit\":10}}",0]]'

-- moved, SQLite
UPDATE messages AS m
SET status = 'deferred', blocked_until = j.until, error = j.reason, updated_at = ?
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "until", value ->> 3 AS "reason",
    value ->> 4 AS "metadata", value ->> 5 AS "of_breaker"
  FROM json_each(?)
) AS j
WHERE m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
AND (m.blocked_until IS NULL OR m.blocked_until <> j.until);

-- moved, PostgreSQL
UPDATE messages AS m
SET status = 'deferred', blocked_until = j.until, error = j.reason, updated_at = $1::bigint
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::bigint AS "until",
    (value ->> 3)::text AS "reason", (value ->> 4)::text AS "metadata", (value ->> 5)::bigint AS "of_breaker"
  FROM jsonb_array_elements($2::jsonb)
) AS j
WHERE m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
AND (m.blocked_until IS NULL OR m.blocked_until <> j.until);
-- $1: 1767225600000
-- $2: '[["pk-1","rev-1",1767225601000,"full","{\"deferred_ts\":1767225601,\"rate_limit\":{\"window\":\"hour\",\"limit\":10}}",0]]'
