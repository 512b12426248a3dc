-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock($1::bigint);
-- $1: 7881692268099465072

-- lifted, both databases (SQLite writes ? for each parameter)
DELETE
FROM suspensions
WHERE tenant_id = $1
AND EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = $2
  AND t.deleted_at IS NULL
);
-- $1: 'shop'
-- $2: 'shop'

-- replaced, both databases (SQLite writes ? for each parameter)
DELETE
FROM activations
WHERE tenant_id IS NOT DISTINCT
FROM $1
AND batch_code IS NOT DISTINCT
FROM $2;
-- $1: 'shop'
-- $2: null

-- activation, both databases (SQLite writes ? for each parameter)
INSERT INTO activations (id, tenant_id, batch_code)
SELECT $1, CAST($2 AS TEXT), CAST($3 AS TEXT)
WHERE EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = $4
  AND t.deleted_at IS NULL
);
-- $1: 'random-id'
-- $2: 'shop'
-- $3: null
-- $4: 'shop'
