-- What was started again is queued by the sweep, however long that takes and whoever dies meanwhile.
CREATE TABLE "activations" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT,
    "batch_code" TEXT,
    CONSTRAINT "activations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
