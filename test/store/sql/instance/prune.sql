-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM idempotency_keys
WHERE call IN (
  SELECT call
  FROM idempotency_keys
  WHERE created_at <= $1::bigint
  ORDER BY created_at
  LIMIT $2::bigint
);
-- $1: 1767139200000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM command_log
WHERE id IN (
  SELECT id
  FROM command_log
  WHERE at <= $1::bigint
  ORDER BY at
  LIMIT $2::bigint
);
-- $1: 1759449600000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM dashboard_sessions
WHERE hash IN (
  SELECT hash
  FROM dashboard_sessions
  WHERE expires_at <= $1::bigint
  ORDER BY expires_at
  LIMIT $2::bigint
);
-- $1: 1767225600000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM bulk_changes
WHERE id IN (
  SELECT id
  FROM bulk_changes
  WHERE finished_at <= $1::bigint
  ORDER BY finished_at
  LIMIT $2::bigint
);
-- $1: 1766620800000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM encounters
WHERE id IN (
  SELECT id
  FROM encounters
  WHERE at <= $1::bigint
  ORDER BY at
  LIMIT $2::bigint
);
-- $1: 1766966400000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM history_minutes
WHERE at IN (
  SELECT at
  FROM history_minutes
  WHERE at <= $1::bigint
  ORDER BY at
  LIMIT $2::bigint
);
-- $1: 1767138600000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM history_hours
WHERE at IN (
  SELECT at
  FROM history_hours
  WHERE at <= $1::bigint
  ORDER BY at
  LIMIT $2::bigint
);
-- $1: 1759449600000
-- $2: 1000

-- count, both databases (SQLite writes ? for each parameter)
DELETE
FROM connection_shares
WHERE NOT EXISTS (
  SELECT 1
  FROM processes p
  WHERE p.id = connection_shares.process_id
);
