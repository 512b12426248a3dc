-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock($1::bigint);
-- $1: 7881692268099465072

-- deleted, both databases (SQLite writes ? for each parameter)
UPDATE tenants
SET deleted_at = $1::bigint, active = false, client_base_url = NULL
WHERE id = $2
AND deleted_at IS NULL;
-- $1: 1767225600000
-- $2: 'shop'

-- suspended, both databases (SQLite writes ? for each parameter)
INSERT INTO suspensions (tenant_id, batch_code, created_at)
SELECT t.id, $1, $2::bigint
FROM tenants t
WHERE t.id = $3
AND t.deleted_at = $4::bigint
ON CONFLICT (tenant_id, batch_code) DO NOTHING;
-- $1: '*'
-- $2: 1767225600000
-- $3: 'shop'
-- $4: 1767225600000

-- tokens, both databases (SQLite writes ? for each parameter)
DELETE
FROM tenant_tokens
WHERE tenant_id IN (
  SELECT t.id
  FROM tenants t
  WHERE t.id = $1
  AND t.deleted_at IS NOT NULL
);
-- $1: 'shop'
