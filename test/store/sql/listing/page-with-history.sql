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
) + 500 + COALESCE(
  (
    SELECT SUM(
      COALESCE(octet_length(metadata), 0) + COALESCE(octet_length(description), 0) + octet_length(message_id) + 200
    )
    FROM events
    WHERE message_pk = p.pk
  ), 0
) AS bytes
FROM (
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  UNION ALL
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
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
) + 500 + COALESCE(
  (
    SELECT SUM(
      COALESCE(octet_length(metadata), 0) + COALESCE(octet_length(description), 0) + octet_length(message_id) + 200
    )
    FROM events
    WHERE message_pk = p.pk COLLATE "default"
  ), 0
) AS bytes
FROM (
  (
    SELECT pk COLLATE "C" AS pk
    FROM messages
    WHERE tenant_id = $1
    AND status = $2
    AND pk COLLATE "C" > $3
    ORDER BY pk ASC
    LIMIT $4::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "C" AS pk
    FROM messages
    WHERE tenant_id = $5
    AND status = $6
    AND pk COLLATE "C" > $7
    ORDER BY pk ASC
    LIMIT $8::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "C" AS pk
    FROM messages
    WHERE tenant_id = $9
    AND status = $10
    AND pk COLLATE "C" > $11
    ORDER BY pk ASC
    LIMIT $12::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "C" AS pk
    FROM messages
    WHERE tenant_id = $13
    AND status = $14
    AND pk COLLATE "C" > $15
    ORDER BY pk ASC
    LIMIT $16::bigint
  )
  UNION ALL (
    SELECT pk COLLATE "C" AS pk
    FROM messages
    WHERE tenant_id = $17
    AND status = $18
    AND pk COLLATE "C" > $19
    ORDER BY pk ASC
    LIMIT $20::bigint
  )
  ORDER BY pk ASC
  LIMIT $21::bigint
) AS p;
-- $1: 'shop'
-- $2: 'pending'
-- $3: ''
-- $4: 101
-- $5: 'shop'
-- $6: 'deferred'
-- $7: ''
-- $8: 101
-- $9: 'shop'
-- $10: 'sending'
-- $11: ''
-- $12: 101
-- $13: 'shop'
-- $14: 'sent'
-- $15: ''
-- $16: 101
-- $17: 'shop'
-- $18: 'error'
-- $19: ''
-- $20: 101
-- $21: 101

-- query, SQLite
SELECT one.*, t.name AS tenant_name, (
  SELECT c.payload
  FROM message_contents c
  WHERE c.message_pk = one.pk
) AS payload, (
  SELECT json_group_array(l.n)
  FROM file_links l
  WHERE l.message_pk = one.pk
  AND l.revision = one.revision
) AS linked, (
  SELECT json_group_array(
    json_object(
      'n', a.n, 'size', a.size, 'mimeType', a.mime_type, 'cached', a.cached
    )
  )
  FROM message_attachments a
  WHERE a.message_pk = one.pk
  AND a.size IS NOT NULL
) AS fetched
FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j CROSS
JOIN messages AS one ON one.pk = j.pk
JOIN tenants t ON t.id = one.tenant_id;

-- query, PostgreSQL
SELECT one.*, t.name AS tenant_name, (
  SELECT c.payload
  FROM message_contents c
  WHERE c.message_pk = one.pk
) AS payload, (
  SELECT jsonb_agg(l.n)
  FROM file_links l
  WHERE l.message_pk = one.pk
  AND l.revision = one.revision
) AS linked, (
  SELECT jsonb_agg(
    json_build_object(
      'n', a.n, 'size', a.size, 'mimeType', a.mime_type, 'cached', a.cached
    )
  )
  FROM message_attachments a
  WHERE a.message_pk = one.pk
  AND a.size IS NOT NULL
) AS fetched
FROM (
  SELECT (value ->> 0)::text AS "pk"
  FROM jsonb_array_elements($1::jsonb)
) AS j CROSS
JOIN LATERAL (SELECT * FROM messages WHERE pk = j.pk OFFSET 0) AS one
JOIN tenants t ON t.id = one.tenant_id;
-- $1: '[["pk-1"]]'

-- query, SQLite
SELECT one.message_pk, one.id, one.type, one.at, one.description, one.metadata, one.reported_at AS "reportedAt"
FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j CROSS
JOIN events AS one ON one.message_pk = j.pk;

-- query, PostgreSQL
SELECT one.message_pk, one.id, one.type, one.at, one.description, one.metadata, one.reported_at AS "reportedAt"
FROM (
  SELECT (value ->> 0)::text AS "pk"
  FROM jsonb_array_elements($1::jsonb)
) AS j CROSS
JOIN LATERAL (SELECT * FROM events WHERE message_pk = j.pk OFFSET 0) AS one;
-- $1: '[["pk-1"]]'
