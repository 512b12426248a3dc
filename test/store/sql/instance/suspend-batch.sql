-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock($1::bigint);
-- $1: 7881692268099465072

-- suspended, both databases (SQLite writes ? for each parameter)
INSERT INTO suspensions (tenant_id, batch_code, created_at)
SELECT t.id, $1, $2::bigint
FROM tenants t
WHERE t.id = $3
ON CONFLICT (tenant_id, batch_code) DO NOTHING;
-- $1: 'batch-1'
-- $2: 1767225600000
-- $3: 'shop'
