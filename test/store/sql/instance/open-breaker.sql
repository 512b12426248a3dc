-- opened, both databases (SQLite writes ? for each parameter)
INSERT INTO breakers (
  tenant_id, account_id, revision, open_until, reason, smtp_code, failures, opened_at
)
VALUES (
  $1, $2, $3, $4::bigint, $5, $6::bigint, $7::bigint, $8::bigint
)
ON CONFLICT (tenant_id, account_id)
DO UPDATE
SET revision = excluded.revision, open_until = excluded.open_until, reason = excluded.reason,
  smtp_code = excluded.smtp_code, failures = excluded.failures, opened_at = excluded.opened_at
WHERE breakers.revision <> excluded.revision
OR breakers.open_until < excluded.open_until;
-- $1: 'shop'
-- $2: 'main'
-- $3: 'rev-1'
-- $4: 2000
-- $5: '454 4.7.0 Too many login attempts'
-- $6: 454
-- $7: 1
-- $8: 1767225600000
