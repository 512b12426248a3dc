CREATE TABLE "idempotency_keys" (
    "call" TEXT NOT NULL,
    "caller" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "rejected" TEXT NOT NULL,
    "queued" INTEGER NOT NULL DEFAULT 0,
    "refused" TEXT,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("call")
);

CREATE UNIQUE INDEX "idempotency_keys_caller_key_key" ON "idempotency_keys"("caller", "key");
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");
