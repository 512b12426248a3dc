-- query, SQLite
SELECT COALESCE(MAX(id), 0) AS last
FROM events;

-- query, PostgreSQL
SELECT last_value - CASE
WHEN is_called THEN 0
ELSE 1
END AS last
FROM events_id_seq;

-- query, SQLite: nothing

-- query, PostgreSQL
SELECT MIN((classid::bigint & 65535) << 32 | objid::bigint) AS lowest
FROM pg_locks
WHERE locktype = 'advisory'
AND objsubid = 1
AND classid::bigint >> 16 = 25974
AND database = (
  SELECT oid
  FROM pg_database
  WHERE datname = current_database()
);

-- query, both databases (SQLite writes ? for each parameter)
SELECT COUNT(*) AS n, MAX(id) AS last
FROM (
  SELECT id
  FROM events
  WHERE tenant_id = $1
  AND id > $2::bigint
  AND id <= $3::bigint
  ORDER BY id
  LIMIT $4::bigint
) AS s;
-- $1: 'shop'
-- $2: 0
-- $3: 1
-- $4: 5000

-- query, both databases (SQLite writes ? for each parameter)
SELECT COALESCE(octet_length(metadata), 0) + COALESCE(octet_length(description), 0) + octet_length(message_id) + 200 AS bytes
FROM events
WHERE tenant_id = $1
AND id > $2::bigint
AND id <= $3::bigint
AND type IN ($4, $5)
ORDER BY id
LIMIT $6::bigint;
-- $1: 'shop'
-- $2: 0
-- $3: 1
-- $4: 'sent'
-- $5: 'error'
-- $6: 101

-- query, both databases (SQLite writes ? for each parameter)
SELECT id, message_pk, message_id, type, at, description, metadata, reported_at
FROM events
WHERE tenant_id = $1
AND id > $2::bigint
AND id <= $3::bigint
AND type IN ($4, $5)
ORDER BY id
LIMIT $6::bigint;
-- $1: 'shop'
-- $2: 0
-- $3: 1
-- $4: 'sent'
-- $5: 'error'
-- $6: 1
