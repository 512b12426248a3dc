-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "instance" (
    "id" INTEGER NOT NULL,
    "admin_token_hash" TEXT,
    "key_check" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "processes" (
    "id" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "roles" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" BIGINT NOT NULL,
    "seen_at" BIGINT NOT NULL,

    CONSTRAINT "processes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenants" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "client_base_url" TEXT,
    "client_sync_path" TEXT,
    "client_attachment_path" TEXT,
    "client_auth" TEXT,
    "client_secret" TEXT,
    "rate_limits" TEXT,
    "large_file_config" TEXT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suspensions" (
    "tenant_id" TEXT NOT NULL,
    "batch_code" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "suspensions_pkey" PRIMARY KEY ("tenant_id","batch_code")
);

-- CreateTable
CREATE TABLE "tenant_tokens" (
    "hash" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "expires_at" BIGINT,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "tenant_tokens_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "accounts" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "user" TEXT,
    "password" TEXT,
    "use_tls" BOOLEAN,
    "ttl" INTEGER NOT NULL,
    "limit_per_minute" INTEGER,
    "limit_per_hour" INTEGER,
    "limit_per_day" INTEGER,
    "limit_behavior" TEXT NOT NULL,
    "batch_size" INTEGER,
    "on_in_doubt" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "messages" (
    "pk" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "account_id" TEXT,
    "revision" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "batch_code" TEXT,
    "status" TEXT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "check_at" BIGINT,
    "claimed_by" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "sent_at" BIGINT,
    "error_at" BIGINT,
    "error" TEXT,
    "smtp_code" INTEGER,
    "reported_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "messages_pkey" PRIMARY KEY ("pk")
);

-- CreateTable
CREATE TABLE "message_contents" (
    "message_pk" TEXT NOT NULL,
    "payload" TEXT NOT NULL,

    CONSTRAINT "message_contents_pkey" PRIMARY KEY ("message_pk")
);

-- CreateTable
CREATE TABLE "events" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "message_pk" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "description" TEXT,
    "metadata" TEXT,
    "reported_at" BIGINT,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tenant_tokens_tenant_id_idx" ON "tenant_tokens"("tenant_id");

-- CreateIndex
CREATE INDEX "messages_tenant_id_pk_idx" ON "messages"("tenant_id", "pk");

-- CreateIndex
CREATE UNIQUE INDEX "messages_tenant_id_id_key" ON "messages"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "events_message_pk_id_idx" ON "events"("message_pk", "id");

-- AddForeignKey
ALTER TABLE "suspensions" ADD CONSTRAINT "suspensions_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_tokens" ADD CONSTRAINT "tenant_tokens_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "messages" ADD CONSTRAINT "messages_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message_contents" ADD CONSTRAINT "message_contents_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages"("pk") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages"("pk") ON DELETE CASCADE ON UPDATE CASCADE;


-- Partial indexes, which the models cannot express: only what is still to be done stands in them,
-- so that they stay small whatever the number of finished messages.
CREATE INDEX "messages_open_idx" ON "messages"("check_at", "pk") WHERE "check_at" IS NOT NULL;
CREATE INDEX "events_unreported_idx" ON "events"("tenant_id", "id") WHERE "reported_at" IS NULL AND "type" <> 'queued';
