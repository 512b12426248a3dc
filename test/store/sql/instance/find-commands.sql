-- query, both databases (SQLite writes ? for each parameter)
SELECT id, at, endpoint, method, path, query, tenant_id, caller, token_name, address, payload,
  status
FROM command_log
WHERE at >= $1::bigint
AND at < $2::bigint
AND (at, id) > ($3::bigint, $4::bigint)
AND tenant_id = $5
AND LOWER(endpoint) LIKE $6 ESCAPE '!'
ORDER BY at, id
LIMIT $7::bigint;
-- $1: 2000
-- $2: 3000
-- $3: 2000
-- $4: 7
-- $5: 'shop'
-- $6: '%add%'
-- $7: 100
