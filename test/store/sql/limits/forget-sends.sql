-- lockScopes, both databases (SQLite writes ? for each parameter)
UPDATE send_scopes
SET last_n = last_n
WHERE (
  scope = $1
  OR substr(scope, 1, CAST($2::bigint AS INTEGER)) = $3
);
-- $1: 'shop'
-- $2: 5
-- $3: 'shop/'

-- sendLog, both databases (SQLite writes ? for each parameter)
DELETE
FROM send_log
WHERE scope IN (
  SELECT scope
  FROM send_scopes
  WHERE (
    scope = $1
    OR substr(scope, 1, CAST($2::bigint AS INTEGER)) = $3
  )
);
-- $1: 'shop'
-- $2: 5
-- $3: 'shop/'

-- sendSlots, both databases (SQLite writes ? for each parameter)
DELETE
FROM send_slots
WHERE scope IN (
  SELECT scope
  FROM send_scopes
  WHERE (
    scope = $1
    OR substr(scope, 1, CAST($2::bigint AS INTEGER)) = $3
  )
);
-- $1: 'shop'
-- $2: 5
-- $3: 'shop/'

-- sendScopes, both databases (SQLite writes ? for each parameter)
DELETE
FROM send_scopes
WHERE (
  scope = $1
  OR substr(scope, 1, CAST($2::bigint AS INTEGER)) = $3
);
-- $1: 'shop'
-- $2: 5
-- $3: 'shop/'

-- learnedLimits, both databases (SQLite writes ? for each parameter)
DELETE
FROM learned_limits
WHERE (
  scope = $1
  OR substr(scope, 1, CAST($2::bigint AS INTEGER)) = $3
);
-- $1: 'shop'
-- $2: 5
-- $3: 'shop/'

-- connectionShares, both databases (SQLite writes ? for each parameter)
DELETE
FROM connection_shares
WHERE (
  scope = $1
  OR substr(scope, 1, CAST($2::bigint AS INTEGER)) = $3
);
-- $1: 'shop'
-- $2: 5
-- $3: 'shop/'

-- breakers, both databases (SQLite writes ? for each parameter)
DELETE
FROM breakers
WHERE tenant_id = $1;
-- $1: 'shop'

-- encounters, both databases (SQLite writes ? for each parameter)
DELETE
FROM encounters
WHERE tenant_id = $1;
-- $1: 'shop'
