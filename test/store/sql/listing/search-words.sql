-- query, both databases (SQLite writes ? for each parameter)
SELECT CAST($1::bigint AS INTEGER) AS i, (
  SELECT COUNT(*)
  FROM (
    SELECT 1
    FROM message_terms
    WHERE term = $2::bigint
    LIMIT $3::bigint
  ) AS those
) AS n
UNION ALL
SELECT CAST($4::bigint AS INTEGER) AS i, (
  SELECT COUNT(*)
  FROM (
    SELECT 1
    FROM message_terms
    WHERE term = $5::bigint
    LIMIT $6::bigint
  ) AS those
) AS n
ORDER BY n;
-- $1: 0
-- $2: 29102873590377
-- $3: 10000
-- $4: 1
-- $5: 134096995958295
-- $6: 10000

-- plan, SQLite: nothing

-- plan, PostgreSQL
SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true);

-- found, SQLite
SELECT p.pk AS pk, COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = p.pk
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = p.pk
  ), 0
) + 500 AS bytes
FROM (
  SELECT message_pk AS pk
  FROM message_terms
  WHERE term = ?
  AND message_pk > ?
  AND message_pk < ?
  ORDER BY message_pk DESC
  LIMIT ?
) AS p CROSS
JOIN messages m ON m.pk = p.pk
WHERE m.tenant_id = ?
AND m.status IN ('pending', 'deferred', 'sending', 'sent', 'error')
AND EXISTS (
  SELECT 1
  FROM message_terms t
  WHERE t.message_pk = m.pk
  AND t.term = ?
)
ORDER BY p.pk DESC
LIMIT ?;

-- found, PostgreSQL
SELECT p.pk AS pk, COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = p.pk COLLATE "default"
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = p.pk COLLATE "default"
  ), 0
) + 500 AS bytes
FROM (
  SELECT message_pk AS pk
  FROM message_terms
  WHERE term = $1::bigint
  AND message_pk > $2
  AND message_pk < $3
  ORDER BY message_pk DESC
  LIMIT $4::bigint
) AS p CROSS
JOIN LATERAL (
  SELECT *
  FROM messages
  WHERE pk = p.pk COLLATE "default" OFFSET 0
) AS m
WHERE m.tenant_id = $5
AND m.status IN ('pending', 'deferred', 'sending', 'sent', 'error')
AND EXISTS (
  SELECT 1
  FROM message_terms t
  WHERE t.message_pk = m.pk
  AND t.term = $6::bigint
)
ORDER BY p.pk DESC
LIMIT $7::bigint;
-- $1: 29102873590377
-- $2: ''
-- $3: 'Z'
-- $4: 10000
-- $5: 'shop'
-- $6: 134096995958295
-- $7: 101

-- plan, SQLite: nothing

-- plan, PostgreSQL
SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true);

-- last, both databases (SQLite writes ? for each parameter)
SELECT MIN(p.pk) AS pk, COUNT(*) AS n
FROM (
  SELECT message_pk AS pk
  FROM message_terms
  WHERE term = $1::bigint
  AND message_pk > $2
  AND message_pk < $3
  ORDER BY message_pk DESC
  LIMIT $4::bigint
) AS p;
-- $1: 29102873590377
-- $2: ''
-- $3: 'Z'
-- $4: 10000
