-- plan, SQLite: nothing

-- plan, PostgreSQL
SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true);

-- entries, SQLite
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
  AND batch_code = ?
  AND account_id = ?
  ORDER BY pk ASC
  LIMIT ?
) AS p;

-- entries, PostgreSQL
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
  SELECT pk COLLATE "POSIX" AS pk
  FROM messages
  WHERE tenant_id = $1
  AND status COLLATE "C" = $2
  AND pk COLLATE "POSIX" > $3
  AND batch_code = $4
  AND account_id = $5
  ORDER BY pk ASC
  LIMIT $6::bigint
) AS p;
-- $1: 'shop'
-- $2: 'sent'
-- $3: 'pk-0'
-- $4: 'batch-1'
-- $5: 'main'
-- $6: 101
