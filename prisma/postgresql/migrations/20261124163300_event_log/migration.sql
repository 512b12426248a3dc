-- For GET /events, which follows all events of a tenant.
CREATE INDEX "events_tenant_id_id_idx" ON "events"("tenant_id", "id");

-- A transaction may commit events after others that have later numbers. So each, before it draws numbers, leaves a shared
-- lock until its end that tells from where on it may draw: whoever reads these locks knows up to where nothing will be
-- added any more (src/store/events/settled-events.ts). The sequence must not be given a CACHE.
CREATE FUNCTION "events_fence"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  -- 25974, "ev", tells these locks from others; the lower 48 bits are the last number that was drawn.
  PERFORM pg_advisory_xact_lock_shared((25974::bigint << 48) | (last_value - CASE WHEN is_called THEN 0 ELSE 1 END))
    FROM events_id_seq;
  RETURN NULL;
END $$;
CREATE TRIGGER "events_fence" BEFORE INSERT ON "events" FOR EACH STATEMENT EXECUTE FUNCTION "events_fence"();
