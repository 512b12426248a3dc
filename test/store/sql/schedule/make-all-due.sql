-- updated, both databases (SQLite writes ? for each parameter)
UPDATE messages
SET next_sweep_at = priority
WHERE pk IN (
  SELECT pk
  FROM messages
  WHERE next_sweep_at > $1::bigint
  AND next_sweep_at < $2::bigint
  AND messages.status IN ('pending', 'deferred')
  LIMIT $3::bigint
)
AND next_sweep_at IS NOT NULL
AND messages.status IN ('pending', 'deferred');
-- $1: 3
-- $2: 9007199254740988
-- $3: 1000
