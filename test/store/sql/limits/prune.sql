-- pruned, both databases (SQLite writes ? for each parameter)
DELETE
FROM send_log
WHERE (scope, n) IN (
  SELECT scope, n
  FROM send_log
  WHERE at < $1::bigint
  ORDER BY at
  LIMIT $2::bigint
);
-- $1: 1767052800000
-- $2: 1000
