-- query, SQLite
SELECT pk
FROM messages
WHERE tenant_id = ?
AND id IN (
  SELECT j.id
  FROM (SELECT value ->> 0 AS "id" FROM json_each(?)) AS j
)
AND bounces > ?;

-- query, PostgreSQL
SELECT pk
FROM messages
WHERE tenant_id = $1
AND id IN (
  SELECT j.id
  FROM (
    SELECT (value ->> 0)::text AS "id"
    FROM jsonb_array_elements($2::jsonb)
  ) AS j
)
AND bounces > $3::bigint;
-- $1: 'shop'
-- $2: '[["id-1"]]'
-- $3: 100

-- deleted, SQLite
DELETE
FROM messages
WHERE tenant_id = ?
AND id IN (
  SELECT j.id
  FROM (SELECT value ->> 0 AS "id" FROM json_each(?)) AS j
)
RETURNING id, account_id, revision, attempts;

-- deleted, PostgreSQL
DELETE
FROM messages
WHERE tenant_id = $1
AND id IN (
  SELECT j.id
  FROM (
    SELECT (value ->> 0)::text AS "id"
    FROM jsonb_array_elements($2::jsonb)
  ) AS j
)
RETURNING id, account_id, revision, attempts;
-- $1: 'shop'
-- $2: '[["id-1"]]'
