-- query, SQLite
SELECT e.id AS id, e.message_pk AS pk
FROM messages m
JOIN events e ON e.message_pk = m.pk
WHERE m.tenant_id = ?
AND m.id IN (
  SELECT j.one
  FROM (SELECT value ->> 0 AS "one" FROM json_each(?)) AS j
)
AND e.type <> 'queued'
AND e.reported_at IS NOT NULL
AND e.at >= ?
AND e.at <= ?;

-- query, PostgreSQL
SELECT e.id AS id, e.message_pk AS pk
FROM messages m
JOIN events e ON e.message_pk = m.pk
WHERE m.tenant_id = $1
AND m.id IN (
  SELECT j.one
  FROM (
    SELECT (value ->> 0)::text AS "one"
    FROM jsonb_array_elements($2::jsonb)
  ) AS j
)
AND e.type <> 'queued'
AND e.reported_at IS NOT NULL
AND e.at >= $3::bigint
AND e.at <= $4::bigint;
-- $1: 'shop'
-- $2: '[["id-1"]]'
-- $3: 1000
-- $4: 2000

-- messages, SQLite
UPDATE messages
SET reported_at = NULL
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT value ->> 0 AS "id", value ->> 1 AS "pk"
    FROM json_each(?)
  ) AS j
);

-- messages, PostgreSQL
UPDATE messages
SET reported_at = NULL
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::bigint AS "id", (value ->> 1)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
);
-- $1: '[[1,"pk-1"]]'

-- replayed, SQLite
UPDATE events
SET reported_at = NULL
WHERE id IN (
  SELECT j.id
  FROM (
    SELECT value ->> 0 AS "id", value ->> 1 AS "pk"
    FROM json_each(?)
  ) AS j
)
AND reported_at IS NOT NULL;

-- replayed, PostgreSQL
UPDATE events
SET reported_at = NULL
WHERE id IN (
  SELECT j.id
  FROM (
    SELECT (value ->> 0)::bigint AS "id", (value ->> 1)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND reported_at IS NOT NULL;
-- $1: '[[1,"pk-1"]]'
