-- query, both databases (SQLite writes ? for each parameter)
SELECT up_to
FROM history_progress
WHERE what = $1;
-- $1: 'events'

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
  WHERE id > $1::bigint
  AND id <= $2::bigint
  ORDER BY id
  LIMIT $3::bigint
) AS s;
-- $1: 0
-- $2: 7
-- $3: 5000

-- query, both databases (SQLite writes ? for each parameter)
SELECT tenant_id AS tenant, CASE
WHEN at > $1::bigint THEN $2::bigint
ELSE at
END / $3::bigint AS minute, type, CASE
WHEN type = 'sent' THEN (
  SELECT CASE
  WHEN events.at - q.at < 100 THEN 0
  WHEN events.at - q.at < 250 THEN 1
  WHEN events.at - q.at < 500 THEN 2
  WHEN events.at - q.at < 1000 THEN 3
  WHEN events.at - q.at < 2500 THEN 4
  WHEN events.at - q.at < 5000 THEN 5
  WHEN events.at - q.at < 10000 THEN 6
  WHEN events.at - q.at < 30000 THEN 7
  WHEN events.at - q.at < 60000 THEN 8
  WHEN events.at - q.at < 300000 THEN 9
  WHEN events.at - q.at < 900000 THEN 10
  WHEN events.at - q.at < 3600000 THEN 11
  WHEN events.at - q.at < 14400000 THEN 12
  WHEN events.at - q.at < 86400000 THEN 13
  ELSE 14
  END
  FROM events q
  WHERE q.message_pk = events.message_pk
  AND q.id < events.id
  AND q.type = 'queued'
  ORDER BY q.id DESC
  LIMIT 1
)
END AS latency_class, COUNT(*) AS n
FROM events
WHERE id > $4::bigint
AND id <= $5::bigint
AND type IN ($6, $7, $8, $9, $10)
GROUP BY 1, 2, 3, 4;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: 60000
-- $4: 0
-- $5: 7
-- $6: 'queued'
-- $7: 'sent'
-- $8: 'deferred'
-- $9: 'error'
-- $10: 'bounce'

-- moved, both databases (SQLite writes ? for each parameter)
INSERT INTO history_progress (what, up_to, run)
VALUES ($1, $2::bigint, $3)
ON CONFLICT (what)
DO UPDATE
SET up_to = excluded.up_to, run = excluded.run
WHERE history_progress.up_to = $4::bigint;
-- $1: 'events'
-- $2: 7
-- $3: 'random-id'
-- $4: 0

-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT 1
FROM tenants t
WHERE t.id IN (
  SELECT j.id
  FROM (
    SELECT (value ->> 0)::text AS "id"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
ORDER BY t.id FOR KEY SHARE;
-- $1: '[["shop"],[""]]'

-- minutes, SQLite
INSERT INTO history_minutes (
  tenant_id, at, accepted, sent, deferred, failed, bounced, latency_0, latency_1, latency_2,
    latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9, latency_10,
    latency_11, latency_12, latency_13, latency_14
)
SELECT j.tenant_id, j.at, accepted, sent, deferred, failed, bounced, latency_0, latency_1,
  latency_2, latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9,
  latency_10, latency_11, latency_12, latency_13, latency_14
FROM (
  SELECT value ->> 0 AS "tenant_id", value ->> 1 AS "at", value ->> 2 AS "accepted", value ->> 3 AS "sent",
    value ->> 4 AS "deferred", value ->> 5 AS "failed", value ->> 6 AS "bounced", value ->> 7 AS "latency_0",
    value ->> 8 AS "latency_1", value ->> 9 AS "latency_2", value ->> 10 AS "latency_3", value ->> 11 AS "latency_4",
    value ->> 12 AS "latency_5", value ->> 13 AS "latency_6", value ->> 14 AS "latency_7",
    value ->> 15 AS "latency_8", value ->> 16 AS "latency_9", value ->> 17 AS "latency_10",
    value ->> 18 AS "latency_11", value ->> 19 AS "latency_12", value ->> 20 AS "latency_13",
    value ->> 21 AS "latency_14"
  FROM json_each(?)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = ?)
AND (
  j.tenant_id = ?
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET accepted = history_minutes.accepted + excluded.accepted, sent = history_minutes.sent + excluded.sent,
  deferred = history_minutes.deferred + excluded.deferred, failed = history_minutes.failed + excluded.failed,
  bounced = history_minutes.bounced + excluded.bounced, latency_0 = history_minutes.latency_0 + excluded.latency_0,
  latency_1 = history_minutes.latency_1 + excluded.latency_1, latency_2 = history_minutes.latency_2 + excluded.latency_2,
  latency_3 = history_minutes.latency_3 + excluded.latency_3, latency_4 = history_minutes.latency_4 + excluded.latency_4,
  latency_5 = history_minutes.latency_5 + excluded.latency_5, latency_6 = history_minutes.latency_6 + excluded.latency_6,
  latency_7 = history_minutes.latency_7 + excluded.latency_7, latency_8 = history_minutes.latency_8 + excluded.latency_8,
  latency_9 = history_minutes.latency_9 + excluded.latency_9, latency_10 = history_minutes.latency_10 + excluded.latency_10,
  latency_11 = history_minutes.latency_11 + excluded.latency_11, latency_12 = history_minutes.latency_12 + excluded.latency_12,
  latency_13 = history_minutes.latency_13 + excluded.latency_13, latency_14 = history_minutes.latency_14 + excluded.latency_14;

-- minutes, PostgreSQL
INSERT INTO history_minutes (
  tenant_id, at, accepted, sent, deferred, failed, bounced, latency_0, latency_1, latency_2,
    latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9, latency_10,
    latency_11, latency_12, latency_13, latency_14
)
SELECT j.tenant_id, j.at, accepted, sent, deferred, failed, bounced, latency_0, latency_1,
  latency_2, latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9,
  latency_10, latency_11, latency_12, latency_13, latency_14
FROM (
  SELECT (value ->> 0)::text AS "tenant_id", (value ->> 1)::bigint AS "at", (value ->> 2)::bigint AS "accepted",
    (value ->> 3)::bigint AS "sent", (value ->> 4)::bigint AS "deferred", (value ->> 5)::bigint AS "failed",
    (value ->> 6)::bigint AS "bounced", (value ->> 7)::bigint AS "latency_0", (value ->> 8)::bigint AS "latency_1",
    (value ->> 9)::bigint AS "latency_2", (value ->> 10)::bigint AS "latency_3", (value ->> 11)::bigint AS "latency_4",
    (value ->> 12)::bigint AS "latency_5", (value ->> 13)::bigint AS "latency_6", (value ->> 14)::bigint AS "latency_7",
    (value ->> 15)::bigint AS "latency_8", (value ->> 16)::bigint AS "latency_9", (value ->> 17)::bigint AS "latency_10",
    (value ->> 18)::bigint AS "latency_11", (value ->> 19)::bigint AS "latency_12", (value ->> 20)::bigint AS "latency_13",
    (value ->> 21)::bigint AS "latency_14"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = $2)
AND (
  j.tenant_id = $3
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET accepted = history_minutes.accepted + excluded.accepted, sent = history_minutes.sent + excluded.sent,
  deferred = history_minutes.deferred + excluded.deferred, failed = history_minutes.failed + excluded.failed,
  bounced = history_minutes.bounced + excluded.bounced, latency_0 = history_minutes.latency_0 + excluded.latency_0,
  latency_1 = history_minutes.latency_1 + excluded.latency_1, latency_2 = history_minutes.latency_2 + excluded.latency_2,
  latency_3 = history_minutes.latency_3 + excluded.latency_3, latency_4 = history_minutes.latency_4 + excluded.latency_4,
  latency_5 = history_minutes.latency_5 + excluded.latency_5, latency_6 = history_minutes.latency_6 + excluded.latency_6,
  latency_7 = history_minutes.latency_7 + excluded.latency_7, latency_8 = history_minutes.latency_8 + excluded.latency_8,
  latency_9 = history_minutes.latency_9 + excluded.latency_9, latency_10 = history_minutes.latency_10 + excluded.latency_10,
  latency_11 = history_minutes.latency_11 + excluded.latency_11, latency_12 = history_minutes.latency_12 + excluded.latency_12,
  latency_13 = history_minutes.latency_13 + excluded.latency_13, latency_14 = history_minutes.latency_14 + excluded.latency_14;
-- $1: '[["shop",1740000000000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],["",1740000000000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]]'
-- $2: 'random-id'
-- $3: ''

-- hours, SQLite
INSERT INTO history_hours (
  tenant_id, at, accepted, sent, deferred, failed, bounced, latency_0, latency_1, latency_2,
    latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9, latency_10,
    latency_11, latency_12, latency_13, latency_14
)
SELECT j.tenant_id, j.at, accepted, sent, deferred, failed, bounced, latency_0, latency_1,
  latency_2, latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9,
  latency_10, latency_11, latency_12, latency_13, latency_14
FROM (
  SELECT value ->> 0 AS "tenant_id", value ->> 1 AS "at", value ->> 2 AS "accepted", value ->> 3 AS "sent",
    value ->> 4 AS "deferred", value ->> 5 AS "failed", value ->> 6 AS "bounced", value ->> 7 AS "latency_0",
    value ->> 8 AS "latency_1", value ->> 9 AS "latency_2", value ->> 10 AS "latency_3", value ->> 11 AS "latency_4",
    value ->> 12 AS "latency_5", value ->> 13 AS "latency_6", value ->> 14 AS "latency_7",
    value ->> 15 AS "latency_8", value ->> 16 AS "latency_9", value ->> 17 AS "latency_10",
    value ->> 18 AS "latency_11", value ->> 19 AS "latency_12", value ->> 20 AS "latency_13",
    value ->> 21 AS "latency_14"
  FROM json_each(?)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = ?)
AND (
  j.tenant_id = ?
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET accepted = history_hours.accepted + excluded.accepted, sent = history_hours.sent + excluded.sent,
  deferred = history_hours.deferred + excluded.deferred, failed = history_hours.failed + excluded.failed,
  bounced = history_hours.bounced + excluded.bounced, latency_0 = history_hours.latency_0 + excluded.latency_0,
  latency_1 = history_hours.latency_1 + excluded.latency_1, latency_2 = history_hours.latency_2 + excluded.latency_2,
  latency_3 = history_hours.latency_3 + excluded.latency_3, latency_4 = history_hours.latency_4 + excluded.latency_4,
  latency_5 = history_hours.latency_5 + excluded.latency_5, latency_6 = history_hours.latency_6 + excluded.latency_6,
  latency_7 = history_hours.latency_7 + excluded.latency_7, latency_8 = history_hours.latency_8 + excluded.latency_8,
  latency_9 = history_hours.latency_9 + excluded.latency_9, latency_10 = history_hours.latency_10 + excluded.latency_10,
  latency_11 = history_hours.latency_11 + excluded.latency_11, latency_12 = history_hours.latency_12 + excluded.latency_12,
  latency_13 = history_hours.latency_13 + excluded.latency_13, latency_14 = history_hours.latency_14 + excluded.latency_14;

-- hours, PostgreSQL
INSERT INTO history_hours (
  tenant_id, at, accepted, sent, deferred, failed, bounced, latency_0, latency_1, latency_2,
    latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9, latency_10,
    latency_11, latency_12, latency_13, latency_14
)
SELECT j.tenant_id, j.at, accepted, sent, deferred, failed, bounced, latency_0, latency_1,
  latency_2, latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9,
  latency_10, latency_11, latency_12, latency_13, latency_14
FROM (
  SELECT (value ->> 0)::text AS "tenant_id", (value ->> 1)::bigint AS "at", (value ->> 2)::bigint AS "accepted",
    (value ->> 3)::bigint AS "sent", (value ->> 4)::bigint AS "deferred", (value ->> 5)::bigint AS "failed",
    (value ->> 6)::bigint AS "bounced", (value ->> 7)::bigint AS "latency_0", (value ->> 8)::bigint AS "latency_1",
    (value ->> 9)::bigint AS "latency_2", (value ->> 10)::bigint AS "latency_3", (value ->> 11)::bigint AS "latency_4",
    (value ->> 12)::bigint AS "latency_5", (value ->> 13)::bigint AS "latency_6", (value ->> 14)::bigint AS "latency_7",
    (value ->> 15)::bigint AS "latency_8", (value ->> 16)::bigint AS "latency_9", (value ->> 17)::bigint AS "latency_10",
    (value ->> 18)::bigint AS "latency_11", (value ->> 19)::bigint AS "latency_12", (value ->> 20)::bigint AS "latency_13",
    (value ->> 21)::bigint AS "latency_14"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = $2)
AND (
  j.tenant_id = $3
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET accepted = history_hours.accepted + excluded.accepted, sent = history_hours.sent + excluded.sent,
  deferred = history_hours.deferred + excluded.deferred, failed = history_hours.failed + excluded.failed,
  bounced = history_hours.bounced + excluded.bounced, latency_0 = history_hours.latency_0 + excluded.latency_0,
  latency_1 = history_hours.latency_1 + excluded.latency_1, latency_2 = history_hours.latency_2 + excluded.latency_2,
  latency_3 = history_hours.latency_3 + excluded.latency_3, latency_4 = history_hours.latency_4 + excluded.latency_4,
  latency_5 = history_hours.latency_5 + excluded.latency_5, latency_6 = history_hours.latency_6 + excluded.latency_6,
  latency_7 = history_hours.latency_7 + excluded.latency_7, latency_8 = history_hours.latency_8 + excluded.latency_8,
  latency_9 = history_hours.latency_9 + excluded.latency_9, latency_10 = history_hours.latency_10 + excluded.latency_10,
  latency_11 = history_hours.latency_11 + excluded.latency_11, latency_12 = history_hours.latency_12 + excluded.latency_12,
  latency_13 = history_hours.latency_13 + excluded.latency_13, latency_14 = history_hours.latency_14 + excluded.latency_14;
-- $1: '[["shop",1739998800000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],["",1739998800000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]]'
-- $2: 'random-id'
-- $3: ''
