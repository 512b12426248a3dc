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
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  AND pk < ?
  AND batch_code = ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  AND pk < ?
  AND batch_code = ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  AND pk < ?
  AND batch_code = ?
  ORDER BY pk DESC
  LIMIT ?
) AS p CROSS
JOIN messages m ON m.pk = p.pk
WHERE m.tenant_id = ?
AND m.status IN ('pending', 'deferred', 'error')
AND m.batch_code = ?
AND LOWER(m.error) LIKE ? ESCAPE '!'
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
  (
    SELECT pk COLLATE "POSIX" AS pk
    FROM messages
    WHERE tenant_id = $1
    AND status = $2
    AND pk COLLATE "POSIX" > $3
    AND pk COLLATE "POSIX" < $4
    AND batch_code = $5
    ORDER BY pk DESC
    LIMIT $6::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "POSIX" AS pk
    FROM messages
    WHERE tenant_id = $7
    AND status = $8
    AND pk COLLATE "POSIX" > $9
    AND pk COLLATE "POSIX" < $10
    AND batch_code = $11
    ORDER BY pk DESC
    LIMIT $12::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "POSIX" AS pk
    FROM messages
    WHERE tenant_id = $13
    AND status = $14
    AND pk COLLATE "POSIX" > $15
    AND pk COLLATE "POSIX" < $16
    AND batch_code = $17
    ORDER BY pk DESC
    LIMIT $18::bigint
  )
  ORDER BY pk DESC
  LIMIT $19::bigint
) AS p CROSS
JOIN LATERAL (
  SELECT *
  FROM messages
  WHERE pk = p.pk COLLATE "default" OFFSET 0
) AS m
WHERE m.tenant_id = $20
AND m.status IN ('pending', 'deferred', 'error')
AND m.batch_code = $21
AND LOWER(m.error) LIKE $22 ESCAPE '!'
ORDER BY p.pk DESC
LIMIT $23::bigint;
-- $1: 'shop'
-- $2: 'pending'
-- $3: ''
-- $4: 'Z'
-- $5: 'batch-1'
-- $6: 10000
-- $7: 'shop'
-- $8: 'deferred'
-- $9: ''
-- $10: 'Z'
-- $11: 'batch-1'
-- $12: 10000
-- $13: 'shop'
-- $14: 'error'
-- $15: ''
-- $16: 'Z'
-- $17: 'batch-1'
-- $18: 10000
-- $19: 10000
-- $20: 'shop'
-- $21: 'batch-1'
-- $22: '%550%'
-- $23: 101

-- plan, SQLite: nothing

-- plan, PostgreSQL
SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true);

-- last, SQLite
SELECT MIN(p.pk) AS pk, COUNT(*) AS n
FROM (
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  AND pk < ?
  AND batch_code = ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  AND pk < ?
  AND batch_code = ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  AND pk < ?
  AND batch_code = ?
  ORDER BY pk DESC
  LIMIT ?
) AS p;

-- last, PostgreSQL
SELECT MIN(p.pk) AS pk, COUNT(*) AS n
FROM (
  (
    SELECT pk COLLATE "POSIX" AS pk
    FROM messages
    WHERE tenant_id = $1
    AND status = $2
    AND pk COLLATE "POSIX" > $3
    AND pk COLLATE "POSIX" < $4
    AND batch_code = $5
    ORDER BY pk DESC
    LIMIT $6::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "POSIX" AS pk
    FROM messages
    WHERE tenant_id = $7
    AND status = $8
    AND pk COLLATE "POSIX" > $9
    AND pk COLLATE "POSIX" < $10
    AND batch_code = $11
    ORDER BY pk DESC
    LIMIT $12::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "POSIX" AS pk
    FROM messages
    WHERE tenant_id = $13
    AND status = $14
    AND pk COLLATE "POSIX" > $15
    AND pk COLLATE "POSIX" < $16
    AND batch_code = $17
    ORDER BY pk DESC
    LIMIT $18::bigint
  )
  ORDER BY pk DESC
  LIMIT $19::bigint
) AS p;
-- $1: 'shop'
-- $2: 'pending'
-- $3: ''
-- $4: 'Z'
-- $5: 'batch-1'
-- $6: 10000
-- $7: 'shop'
-- $8: 'deferred'
-- $9: ''
-- $10: 'Z'
-- $11: 'batch-1'
-- $12: 10000
-- $13: 'shop'
-- $14: 'error'
-- $15: ''
-- $16: 'Z'
-- $17: 'batch-1'
-- $18: 10000
-- $19: 10000
