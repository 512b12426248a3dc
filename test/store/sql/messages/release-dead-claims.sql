-- scopesLocked, SQLite: nothing

-- scopesLocked, PostgreSQL
SELECT scope
FROM send_scopes
WHERE scope IN (
  SELECT o.scope
  FROM (
    SELECT scope, attempt, 1 AS taken
    FROM send_slots
    WHERE process_id IN ($1)
  ) AS o
)
ORDER BY scope
FOR UPDATE OF send_scopes;
-- $1: 'process-0'

-- sendsLogged, both databases (SQLite writes ? for each parameter)
INSERT INTO send_log (scope, n, at)
SELECT o.scope, s.last_n + ROW_NUMBER() OVER (PARTITION BY o.scope ORDER BY o.attempt), CASE
WHEN s.last_at > $1::bigint THEN s.last_at
ELSE $2::bigint
END
FROM (
  SELECT scope, attempt, 1 AS taken
  FROM send_slots
  WHERE process_id IN ($3)
) AS o
JOIN send_scopes s ON s.scope = o.scope
WHERE o.taken = 1;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: 'process-0'

-- scopesMoved, both databases (SQLite writes ? for each parameter)
UPDATE send_scopes AS s
SET last_n = s.last_n + c.entries, last_at = CASE
WHEN s.last_at > $1::bigint THEN s.last_at
ELSE $2::bigint
END
FROM (
  SELECT o.scope, COUNT(*) AS entries
  FROM (
    SELECT scope, attempt, 1 AS taken
    FROM send_slots
    WHERE process_id IN ($3)
  ) AS o
  WHERE o.taken = 1
  GROUP BY o.scope
) AS c
WHERE c.scope = s.scope;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: 'process-0'

-- slotsFreed, both databases (SQLite writes ? for each parameter)
DELETE
FROM send_slots
WHERE (scope, attempt) IN (
  SELECT o.scope, o.attempt
  FROM (
    SELECT scope, attempt, 1 AS taken
    FROM send_slots
    WHERE process_id IN ($1)
  ) AS o
);
-- $1: 'process-0'

-- locked, SQLite: nothing

-- locked, PostgreSQL
SELECT m.pk
FROM messages m
WHERE m.next_sweep_at IS NOT NULL
AND m.status = 'sending'
AND m.claimed_by IN ($1)
FOR UPDATE OF m;
-- $1: 'process-0'

-- events, SQLite
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata
)
SELECT m.tenant_id, m.pk, m.id, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN 'deferred'
ELSE CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END
END, ?, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN ?
ELSE ?
END, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN ?
ELSE CASE
WHEN m.recipients IS NULL THEN CAST(? AS TEXT)
ELSE json_patch(
  CAST(? AS TEXT), json_object(
    'recipients', (
      SELECT json_group_array(
        json_object(
          'address', r.value ->> 'address', 'status', 'error', 'error', CAST(? AS TEXT)
        )
      )
      FROM json_each(m.recipients) AS r
      WHERE r.value ->> 'status' = 'deferred'
    )
  )
)
END
END
FROM messages m
WHERE m.next_sweep_at IS NOT NULL
AND m.status = 'sending'
AND m.claimed_by IN (?)
AND (
  (
    (
      COALESCE(
        (
          SELECT a.on_in_doubt
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
        ), 'resend'
      ) = 'hold'
      AND (
        m.handed_over_attempt = m.attempts
        OR EXISTS (
          SELECT 1
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
          AND m.updated_at <= a.updated_at
        )
      )
    )
    OR (
      COALESCE(
        (
          SELECT a.on_in_doubt
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
        ), 'resend'
      ) <> 'hold'
      AND m.retry_count >= ?
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count < ?
  )
);

-- events, PostgreSQL
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata
)
SELECT m.tenant_id, m.pk, m.id, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $1::bigint THEN 'deferred'
ELSE CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END
END, $2::bigint, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $3::bigint THEN $4
ELSE $5
END, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $6::bigint THEN $7
ELSE CASE
WHEN m.recipients IS NULL THEN CAST($8 AS TEXT)
ELSE CAST(
  CAST(CAST($9 AS TEXT) AS JSONB) || jsonb_build_object(
    'recipients', (
      SELECT json_agg(
        json_build_object(
          'address', r.value ->> 'address', 'status', 'error', 'error', CAST($10 AS TEXT)
        )
        ORDER BY r.n
      )
      FROM json_array_elements(CAST(m.recipients AS JSON)) WITH ORDINALITY AS r(value, n)
      WHERE r.value ->> 'status' = 'deferred'
    )
  ) AS TEXT
)
END
END
FROM messages m
WHERE m.next_sweep_at IS NOT NULL
AND m.status = 'sending'
AND m.claimed_by IN ($11)
AND (
  (
    (
      COALESCE(
        (
          SELECT a.on_in_doubt
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
        ), 'resend'
      ) = 'hold'
      AND (
        m.handed_over_attempt = m.attempts
        OR EXISTS (
          SELECT 1
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
          AND m.updated_at <= a.updated_at
        )
      )
    )
    OR (
      COALESCE(
        (
          SELECT a.on_in_doubt
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
        ), 'resend'
      ) <> 'hold'
      AND m.retry_count >= $12::bigint
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count < $13::bigint
  )
);
-- $1: 5
-- $2: 1767225600000
-- $3: 5
-- $4: 'in doubt: the process ended during the attempt, so it is made again'
-- $5: 'in_doubt'
-- $6: 5
-- $7: '{"deferred_ts":1767225610,"in_doubt":true}'
-- $8: '{"in_doubt":true}'
-- $9: '{"in_doubt":true}'
-- $10: 'in_doubt'
-- $11: 'process-0'
-- $12: 5
-- $13: 5

-- released, SQLite
UPDATE messages AS m
SET status = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= ?
  )
) THEN CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN 'deferred'
ELSE 'pending'
END, error = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= ?
  )
)
AND m.sent_at IS NULL THEN ?
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN ?
END, error_at = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= ?
  )
)
AND m.sent_at IS NULL THEN ?
END, recipients = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= ?
  )
) THEN CASE
WHEN m.recipients IS NOT NULL THEN (
  SELECT json_group_array(
    json(
      CASE
      WHEN r.value ->> 'status' = 'deferred' THEN json_object(
        'address', r.value ->> 'address', 'status', 'error', 'error', CAST(? AS TEXT)
      )
      ELSE r.value
      END
    )
  )
  FROM json_each(m.recipients) AS r
)
END
ELSE m.recipients
END, due_at = CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN ?
ELSE m.due_at
END, next_sweep_at = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= ?
  )
) THEN NULL
ELSE ?
END, retry_count = m.retry_count + CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < ? THEN 1
ELSE 0
END, claimed_by = NULL, updated_at = ?
WHERE m.next_sweep_at IS NOT NULL
AND m.status = 'sending'
AND m.claimed_by IN (?);

-- released, PostgreSQL
UPDATE messages AS m
SET status = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= $1::bigint
  )
) THEN CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $2::bigint THEN 'deferred'
ELSE 'pending'
END, error = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= $3::bigint
  )
)
AND m.sent_at IS NULL THEN $4
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $5::bigint THEN $6
END, error_at = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= $7::bigint
  )
)
AND m.sent_at IS NULL THEN $8::bigint
END, recipients = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= $9::bigint
  )
) THEN CASE
WHEN m.recipients IS NOT NULL THEN (
  SELECT CAST(
    json_agg(
      CASE
      WHEN r.value ->> 'status' = 'deferred' THEN json_build_object(
        'address', r.value ->> 'address', 'status', 'error', 'error', CAST($10 AS TEXT)
      )
      ELSE r.value
      END
      ORDER BY r.n
    ) AS TEXT
  )
  FROM json_array_elements(CAST(m.recipients AS JSON)) WITH ORDINALITY AS r(value, n)
)
END
ELSE m.recipients
END, due_at = CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $11::bigint THEN $12::bigint
ELSE m.due_at
END, next_sweep_at = CASE
WHEN (
  (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      m.handed_over_attempt = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) <> 'hold'
    AND m.retry_count >= $13::bigint
  )
) THEN NULL
ELSE $14::bigint
END, retry_count = m.retry_count + CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND m.retry_count < $15::bigint THEN 1
ELSE 0
END, claimed_by = NULL, updated_at = $16::bigint
WHERE m.next_sweep_at IS NOT NULL
AND m.status = 'sending'
AND m.claimed_by IN ($17);
-- $1: 5
-- $2: 5
-- $3: 5
-- $4: 'in_doubt'
-- $5: 5
-- $6: 'in doubt: the process ended during the attempt, so it is made again'
-- $7: 5
-- $8: 1767225600000
-- $9: 5
-- $10: 'in_doubt'
-- $11: 5
-- $12: 1767225610000
-- $13: 5
-- $14: 1767225600000
-- $15: 5
-- $16: 1767225600000
-- $17: 'process-0'

-- forgotten, both databases (SQLite writes ? for each parameter)
DELETE
FROM processes
WHERE id IN ($1);
-- $1: 'process-0'
