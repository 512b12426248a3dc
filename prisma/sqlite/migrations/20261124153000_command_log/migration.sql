CREATE TABLE "command_log" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" BIGINT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "query" TEXT,
    "tenant_id" TEXT,
    "caller" TEXT NOT NULL,
    "token_name" TEXT,
    "address" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "status" INTEGER NOT NULL
);

CREATE INDEX "command_log_at_id_idx" ON "command_log"("at", "id");
CREATE INDEX "command_log_tenant_id_at_id_idx" ON "command_log"("tenant_id", "at", "id");
