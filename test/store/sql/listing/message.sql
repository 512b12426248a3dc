-- query, both databases (SQLite writes ? for each parameter)
SELECT COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = one.pk
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = one.pk
  ), 0
) + 500 AS bytes
FROM messages one
WHERE one.tenant_id = $1
AND one.id = $2;
-- $1: 'shop'
-- $2: 'id-1'
