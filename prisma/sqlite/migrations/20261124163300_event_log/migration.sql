-- For GET /events, which follows all events of a tenant.
CREATE INDEX "events_tenant_id_id_idx" ON "events"("tenant_id", "id");
