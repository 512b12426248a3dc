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
AND NOT m.retry_count >= ? THEN 'deferred'
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
AND NOT m.retry_count >= ? THEN ?
ELSE CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) = 'hold'
AND NOT (
  COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND (
    COALESCE(m.handed_over_attempt, 0) = m.attempts
    OR EXISTS (
      SELECT 1
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
      AND m.updated_at <= a.updated_at
    )
  )
) THEN CAST(? AS TEXT)
ELSE CAST(? AS TEXT)
END
END, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND NOT m.retry_count >= ? THEN ?
ELSE CASE
WHEN m.recipients IS NULL THEN CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) = 'hold'
AND NOT (
  COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND (
    COALESCE(m.handed_over_attempt, 0) = m.attempts
    OR EXISTS (
      SELECT 1
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
      AND m.updated_at <= a.updated_at
    )
  )
) THEN '{}'
ELSE CAST(? AS TEXT)
END
ELSE json_patch(
  CASE
  WHEN COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND NOT (
    COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND (
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  ) THEN '{}'
  ELSE CAST(? AS TEXT)
  END, json_object(
    'recipients', (
      SELECT json_group_array(
        json_object(
          'address', r.value ->> 'address', 'status', 'error', 'error', CASE
          WHEN COALESCE(
            (
              SELECT a.on_in_doubt
              FROM accounts a
              WHERE a.tenant_id = m.tenant_id
              AND a.id = m.account_id
            ), 'resend'
          ) = 'hold'
          AND NOT (
            COALESCE(
              (
                SELECT a.on_in_doubt
                FROM accounts a
                WHERE a.tenant_id = m.tenant_id
                AND a.id = m.account_id
              ), 'resend'
            ) = 'hold'
            AND (
              COALESCE(m.handed_over_attempt, 0) = m.attempts
              OR EXISTS (
                SELECT 1
                FROM accounts a
                WHERE a.tenant_id = m.tenant_id
                AND a.id = m.account_id
                AND m.updated_at <= a.updated_at
              )
            )
          ) THEN CAST(? AS TEXT)
          ELSE CAST(? AS TEXT)
          END
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
        COALESCE(m.handed_over_attempt, 0) = m.attempts
        OR EXISTS (
          SELECT 1
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
          AND m.updated_at <= a.updated_at
        )
      )
    )
    OR m.retry_count >= ?
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
    AND NOT m.retry_count >= ?
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
AND NOT m.retry_count >= $1::bigint THEN 'deferred'
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
AND NOT m.retry_count >= $3::bigint THEN $4
ELSE CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) = 'hold'
AND NOT (
  COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND (
    COALESCE(m.handed_over_attempt, 0) = m.attempts
    OR EXISTS (
      SELECT 1
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
      AND m.updated_at <= a.updated_at
    )
  )
) THEN CAST($5 AS TEXT)
ELSE CAST($6 AS TEXT)
END
END, CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND NOT m.retry_count >= $7::bigint THEN $8
ELSE CASE
WHEN m.recipients IS NULL THEN CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) = 'hold'
AND NOT (
  COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND (
    COALESCE(m.handed_over_attempt, 0) = m.attempts
    OR EXISTS (
      SELECT 1
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
      AND m.updated_at <= a.updated_at
    )
  )
) THEN '{}'
ELSE CAST($9 AS TEXT)
END
ELSE CAST(
  CAST(
    CASE
    WHEN COALESCE(
      (
        SELECT a.on_in_doubt
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
      ), 'resend'
    ) = 'hold'
    AND NOT (
      COALESCE(
        (
          SELECT a.on_in_doubt
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
        ), 'resend'
      ) = 'hold'
      AND (
        COALESCE(m.handed_over_attempt, 0) = m.attempts
        OR EXISTS (
          SELECT 1
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
          AND m.updated_at <= a.updated_at
        )
      )
    ) THEN '{}'
    ELSE CAST($10 AS TEXT)
    END AS JSONB
  ) || jsonb_build_object(
    'recipients', (
      SELECT json_agg(
        json_build_object(
          'address', r.value ->> 'address', 'status', 'error', 'error', CASE
          WHEN COALESCE(
            (
              SELECT a.on_in_doubt
              FROM accounts a
              WHERE a.tenant_id = m.tenant_id
              AND a.id = m.account_id
            ), 'resend'
          ) = 'hold'
          AND NOT (
            COALESCE(
              (
                SELECT a.on_in_doubt
                FROM accounts a
                WHERE a.tenant_id = m.tenant_id
                AND a.id = m.account_id
              ), 'resend'
            ) = 'hold'
            AND (
              COALESCE(m.handed_over_attempt, 0) = m.attempts
              OR EXISTS (
                SELECT 1
                FROM accounts a
                WHERE a.tenant_id = m.tenant_id
                AND a.id = m.account_id
                AND m.updated_at <= a.updated_at
              )
            )
          ) THEN CAST($11 AS TEXT)
          ELSE CAST($12 AS TEXT)
          END
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
AND m.claimed_by IN ($13)
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
        COALESCE(m.handed_over_attempt, 0) = m.attempts
        OR EXISTS (
          SELECT 1
          FROM accounts a
          WHERE a.tenant_id = m.tenant_id
          AND a.id = m.account_id
          AND m.updated_at <= a.updated_at
        )
      )
    )
    OR m.retry_count >= $14::bigint
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
    AND NOT m.retry_count >= $15::bigint
  )
);
-- $1: 5
-- $2: 1767225600000
-- $3: 5
-- $4: 'in doubt: the process ended during the attempt, so it is made again'
-- $5: 'the process ended during each attempt, before anything of the message had left'
-- $6: 'in_doubt'
-- $7: 5
-- $8: '{"deferred_ts":1767225610,"in_doubt":true}'
-- $9: '{"in_doubt":true}'
-- $10: '{"in_doubt":true}'
-- $11: 'the process ended during each attempt, before anything of the message had left'
-- $12: 'in_doubt'
-- $13: 'process-0'
-- $14: 5
-- $15: 5

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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= ?
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
AND NOT m.retry_count >= ? THEN 'deferred'
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= ?
)
AND m.sent_at IS NULL THEN CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) = 'hold'
AND NOT (
  COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND (
    COALESCE(m.handed_over_attempt, 0) = m.attempts
    OR EXISTS (
      SELECT 1
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
      AND m.updated_at <= a.updated_at
    )
  )
) THEN CAST(? AS TEXT)
ELSE CAST(? AS TEXT)
END
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND NOT m.retry_count >= ? THEN ?
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= ?
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= ?
) THEN CASE
WHEN m.recipients IS NOT NULL THEN (
  SELECT json_group_array(
    json(
      CASE
      WHEN r.value ->> 'status' = 'deferred' THEN json_object(
        'address', r.value ->> 'address', 'status', 'error', 'error', CASE
        WHEN COALESCE(
          (
            SELECT a.on_in_doubt
            FROM accounts a
            WHERE a.tenant_id = m.tenant_id
            AND a.id = m.account_id
          ), 'resend'
        ) = 'hold'
        AND NOT (
          COALESCE(
            (
              SELECT a.on_in_doubt
              FROM accounts a
              WHERE a.tenant_id = m.tenant_id
              AND a.id = m.account_id
            ), 'resend'
          ) = 'hold'
          AND (
            COALESCE(m.handed_over_attempt, 0) = m.attempts
            OR EXISTS (
              SELECT 1
              FROM accounts a
              WHERE a.tenant_id = m.tenant_id
              AND a.id = m.account_id
              AND m.updated_at <= a.updated_at
            )
          )
        ) THEN CAST(? AS TEXT)
        ELSE CAST(? AS TEXT)
        END
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
AND NOT m.retry_count >= ? THEN ?
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= ?
) THEN NULL
ELSE ?
END, retry_count = m.retry_count + CASE
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= ?
) THEN 0
ELSE 1
END, error_reason = NULL, claimed_by = NULL, updated_at = ?
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= $1::bigint
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
AND NOT m.retry_count >= $2::bigint THEN 'deferred'
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= $3::bigint
)
AND m.sent_at IS NULL THEN CASE
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) = 'hold'
AND NOT (
  COALESCE(
    (
      SELECT a.on_in_doubt
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
    ), 'resend'
  ) = 'hold'
  AND (
    COALESCE(m.handed_over_attempt, 0) = m.attempts
    OR EXISTS (
      SELECT 1
      FROM accounts a
      WHERE a.tenant_id = m.tenant_id
      AND a.id = m.account_id
      AND m.updated_at <= a.updated_at
    )
  )
) THEN CAST($4 AS TEXT)
ELSE CAST($5 AS TEXT)
END
WHEN COALESCE(
  (
    SELECT a.on_in_doubt
    FROM accounts a
    WHERE a.tenant_id = m.tenant_id
    AND a.id = m.account_id
  ), 'resend'
) <> 'hold'
AND NOT m.retry_count >= $6::bigint THEN $7
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= $8::bigint
)
AND m.sent_at IS NULL THEN $9::bigint
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= $10::bigint
) THEN CASE
WHEN m.recipients IS NOT NULL THEN (
  SELECT CAST(
    json_agg(
      CASE
      WHEN r.value ->> 'status' = 'deferred' THEN json_build_object(
        'address', r.value ->> 'address', 'status', 'error', 'error', CASE
        WHEN COALESCE(
          (
            SELECT a.on_in_doubt
            FROM accounts a
            WHERE a.tenant_id = m.tenant_id
            AND a.id = m.account_id
          ), 'resend'
        ) = 'hold'
        AND NOT (
          COALESCE(
            (
              SELECT a.on_in_doubt
              FROM accounts a
              WHERE a.tenant_id = m.tenant_id
              AND a.id = m.account_id
            ), 'resend'
          ) = 'hold'
          AND (
            COALESCE(m.handed_over_attempt, 0) = m.attempts
            OR EXISTS (
              SELECT 1
              FROM accounts a
              WHERE a.tenant_id = m.tenant_id
              AND a.id = m.account_id
              AND m.updated_at <= a.updated_at
            )
          )
        ) THEN CAST($11 AS TEXT)
        ELSE CAST($12 AS TEXT)
        END
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
AND NOT m.retry_count >= $13::bigint THEN $14::bigint
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= $15::bigint
) THEN NULL
ELSE $16::bigint
END, retry_count = m.retry_count + CASE
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
      COALESCE(m.handed_over_attempt, 0) = m.attempts
      OR EXISTS (
        SELECT 1
        FROM accounts a
        WHERE a.tenant_id = m.tenant_id
        AND a.id = m.account_id
        AND m.updated_at <= a.updated_at
      )
    )
  )
  OR m.retry_count >= $17::bigint
) THEN 0
ELSE 1
END, error_reason = NULL, claimed_by = NULL, updated_at = $18::bigint
WHERE m.next_sweep_at IS NOT NULL
AND m.status = 'sending'
AND m.claimed_by IN ($19);
-- $1: 5
-- $2: 5
-- $3: 5
-- $4: 'the process ended during each attempt, before anything of the message had left'
-- $5: 'in_doubt'
-- $6: 5
-- $7: 'in doubt: the process ended during the attempt, so it is made again'
-- $8: 5
-- $9: 1767225600000
-- $10: 5
-- $11: 'the process ended during each attempt, before anything of the message had left'
-- $12: 'in_doubt'
-- $13: 5
-- $14: 1767225610000
-- $15: 5
-- $16: 1767225600000
-- $17: 5
-- $18: 1767225600000
-- $19: 'process-0'

-- forgotten, both databases (SQLite writes ? for each parameter)
DELETE
FROM processes
WHERE id IN ($1);
-- $1: 'process-0'
