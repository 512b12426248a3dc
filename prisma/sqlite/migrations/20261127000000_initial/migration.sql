-- CreateTable
CREATE TABLE "instance" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "uid" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT 'mail-proxy',
    "admin_token_hash" TEXT,
    "key_check" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "bounce_enabled" BOOLEAN NOT NULL DEFAULT false,
    "bounce_imap_host" TEXT,
    "bounce_imap_port" INTEGER NOT NULL DEFAULT 993,
    "bounce_imap_user" TEXT,
    "bounce_imap_password" TEXT,
    "bounce_imap_folder" TEXT NOT NULL DEFAULT 'INBOX',
    "bounce_imap_ssl" BOOLEAN NOT NULL DEFAULT true,
    "bounce_imap_starttls" BOOLEAN NOT NULL DEFAULT false,
    "bounce_after_reading" TEXT NOT NULL DEFAULT 'leave',
    "bounce_move_folder" TEXT NOT NULL DEFAULT 'Bounces',
    "bounce_poll_interval" INTEGER NOT NULL DEFAULT 60,
    "bounce_return_path" TEXT,
    "bounce_revision" INTEGER NOT NULL DEFAULT 0,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT
);

-- CreateTable
CREATE TABLE "processes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "roles" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" BIGINT NOT NULL,
    "heartbeat_at" BIGINT NOT NULL,
    "heartbeat_monotonic_at" BIGINT NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "tenants" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "client_base_url" TEXT,
    "client_sync_path" TEXT,
    "client_attachment_path" TEXT,
    "admin_base_url" TEXT,
    "admin_sync_path" TEXT,
    "admin_attachment_path" TEXT,
    "client_auth" TEXT,
    "client_secret" TEXT,
    "webhook_secret" TEXT,
    "webhook_secret_previous" TEXT,
    "webhook_previous_until" BIGINT,
    "rate_limits" TEXT,
    "limits" TEXT,
    "large_file_config" TEXT,
    "storage_secret" TEXT,
    "suppress" TEXT NOT NULL DEFAULT 'off',
    "default_account" TEXT,
    "last_sync_at" BIGINT,
    "next_sync_after" BIGINT,
    "next_call_at" BIGINT,
    "sync_gone_url" TEXT,
    "report_fault" TEXT,
    "report_refusal" TEXT,
    "report_refused_at" BIGINT,
    "report_lease_owner" TEXT,
    "report_lease_until" BIGINT,
    "deleted_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "suspensions" (
    "tenant_id" TEXT NOT NULL,
    "batch_code" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,

    PRIMARY KEY ("tenant_id", "batch_code"),
    CONSTRAINT "suspensions_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "activations" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT,
    "batch_code" TEXT,
    CONSTRAINT "activations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "tenant_tokens" (
    "hash" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT 'default',
    "expires_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT,
    CONSTRAINT "tenant_tokens_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "accounts" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "admin_host" TEXT,
    "admin_port" INTEGER,
    "user" TEXT,
    "password" TEXT,
    "use_tls" BOOLEAN,
    "allow_plaintext" BOOLEAN NOT NULL DEFAULT false,
    "ehlo_name" TEXT,
    "return_path" TEXT,
    "ttl" INTEGER NOT NULL,
    "limit_per_minute" INTEGER,
    "limit_per_hour" INTEGER,
    "limit_per_day" INTEGER,
    "admin_limit_per_minute" INTEGER,
    "admin_limit_per_hour" INTEGER,
    "admin_limit_per_day" INTEGER,
    "limit_behavior" TEXT NOT NULL,
    "batch_size" INTEGER,
    "max_connections" INTEGER,
    "on_in_doubt" TEXT NOT NULL,
    "keep_transcripts" BOOLEAN NOT NULL DEFAULT false,
    "suspended_at" BIGINT,
    "spread" BOOLEAN NOT NULL DEFAULT false,
    "imap_host" TEXT,
    "imap_port" INTEGER NOT NULL DEFAULT 993,
    "admin_imap_host" TEXT,
    "admin_imap_port" INTEGER,
    "imap_user" TEXT,
    "imap_password" TEXT,
    "imap_folder" TEXT NOT NULL DEFAULT 'INBOX',
    "imap_tls" BOOLEAN NOT NULL DEFAULT true,
    "imap_poll_interval" INTEGER NOT NULL DEFAULT 60,
    "imap_after_reading" TEXT NOT NULL DEFAULT 'leave',
    "imap_move_folder" TEXT NOT NULL DEFAULT 'Bounces',
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "accounts_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "bounce_mailboxes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT,
    "account_id" TEXT,
    "revision" TEXT NOT NULL,
    "place" TEXT NOT NULL DEFAULT '',
    "uid_validity" BIGINT,
    "last_uid" BIGINT NOT NULL DEFAULT 0,
    "unsettled" TEXT NOT NULL DEFAULT '[]',
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "error" TEXT,
    "error_at" BIGINT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retry_at" BIGINT,
    "read_at" BIGINT,
    "mails" BIGINT NOT NULL DEFAULT 0,
    "bounces" BIGINT NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_until" BIGINT,

    CONSTRAINT "bounce_mailboxes_tenant_id_account_id_fkey" FOREIGN KEY ("tenant_id", "account_id") REFERENCES "accounts" ("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "messages" (
    "pk" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "account_id" TEXT,
    "revision" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "batch_code" TEXT,
    "status" TEXT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "next_sweep_at" BIGINT,
    "claimed_by" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "first_attempt_at" BIGINT,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "blocked_until" BIGINT,
    "handed_over_attempt" INTEGER,
    "recipients" TEXT,
    "sent_at" BIGINT,
    "error_at" BIGINT,
    "error" TEXT,
    "smtp_code" INTEGER,
    "error_reason" TEXT,
    "bounces" INTEGER NOT NULL DEFAULT 0,
    "bounce_type" TEXT,
    "bounce_code" TEXT,
    "bounce_reason" TEXT,
    "bounce_at" BIGINT,
    "reported_at" BIGINT,
    "content_bytes" BIGINT NOT NULL DEFAULT 0,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    CONSTRAINT "messages_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "tenant_usage" (
    "tenant_id" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "queued" BIGINT NOT NULL DEFAULT 0,
    "queued_0" BIGINT NOT NULL DEFAULT 0,
    "queued_1" BIGINT NOT NULL DEFAULT 0,
    "queued_2" BIGINT NOT NULL DEFAULT 0,
    "queued_3" BIGINT NOT NULL DEFAULT 0,
    "stored_bytes" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("tenant_id", "shard")
);

-- CreateTable
CREATE TABLE "message_contents" (
    "message_pk" TEXT NOT NULL PRIMARY KEY,
    "payload" TEXT NOT NULL,
    CONSTRAINT "message_contents_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "message_terms" (
    "message_pk" TEXT NOT NULL,
    "term" BIGINT NOT NULL,

    PRIMARY KEY ("message_pk", "term"),
    CONSTRAINT "message_terms_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "bulk_changes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "priority" INTEGER,
    "selection" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "cursor" TEXT NOT NULL DEFAULT '',
    "examined" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "created_at" BIGINT NOT NULL,
    "finished_at" BIGINT,
    CONSTRAINT "bulk_changes_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "message_attachments" (
    "message_pk" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "content_id" TEXT,
    "secret" TEXT,
    "size" BIGINT,
    "mime_type" TEXT,
    "cached" BOOLEAN,

    PRIMARY KEY ("message_pk", "n"),
    CONSTRAINT "message_attachments_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "message_attachments_content_id_fkey" FOREIGN KEY ("content_id") REFERENCES "attachment_contents" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "attachment_contents" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hash" TEXT,
    "size" BIGINT NOT NULL,
    "place" TEXT NOT NULL,
    "held_until" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "attachment_pieces" (
    "content_id" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "data" BLOB NOT NULL,

    PRIMARY KEY ("content_id", "n"),
    CONSTRAINT "attachment_pieces_content_id_fkey" FOREIGN KEY ("content_id") REFERENCES "attachment_contents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "large_files" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "hash" TEXT,
    "size" BIGINT NOT NULL,
    "storage_url" TEXT NOT NULL,
    "secret" TEXT,
    "uploader" TEXT NOT NULL,
    "stored_at" BIGINT,
    "held_until" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "file_links" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "message_pk" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "file_id" TEXT,
    "filename" TEXT NOT NULL,
    "mime_type" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "secret" TEXT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "downloaded_at" BIGINT,
    "revoked_at" BIGINT,
    CONSTRAINT "file_links_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "large_files" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "events" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "tenant_id" TEXT NOT NULL,
    "message_pk" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "description" TEXT,
    "metadata" TEXT,
    "of_breaker" BOOLEAN NOT NULL DEFAULT false,
    "reported_at" BIGINT,
    CONSTRAINT "events_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "mail_ids" (
    "id" TEXT NOT NULL,
    "message_pk" TEXT NOT NULL,

    PRIMARY KEY ("id", "message_pk"),
    CONSTRAINT "mail_ids_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "attempt_transcripts" (
    "message_pk" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" BIGINT NOT NULL,
    "lines" TEXT NOT NULL,

    PRIMARY KEY ("message_pk", "attempt"),
    CONSTRAINT "attempt_transcripts_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "bounces" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "recording" TEXT NOT NULL,
    "mailbox_id" TEXT NOT NULL,
    "mailbox_tenant" TEXT,
    "uid_validity" BIGINT NOT NULL,
    "uid" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "tenant_id" TEXT,
    "message_pk" TEXT,
    "proof" TEXT,
    "kind" TEXT NOT NULL,
    "rank" INTEGER NOT NULL,
    "type" TEXT,
    "code" TEXT,
    "reason" TEXT,
    "received_at" BIGINT NOT NULL,
    "recorded_at" BIGINT NOT NULL,
    "understood" TEXT NOT NULL,
    "results" TEXT,
    CONSTRAINT "bounces_message_pk_fkey" FOREIGN KEY ("message_pk") REFERENCES "messages" ("pk") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "suppressions" (
    "tenant_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "address" TEXT,
    "reason" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "message_id" TEXT,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,

    PRIMARY KEY ("tenant_id", "hash"),
    CONSTRAINT "suppressions_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "clock_anchors" (
    "host" TEXT NOT NULL PRIMARY KEY,
    "offset_ms" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "breakers" (
    "tenant_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "open_until" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "smtp_code" INTEGER,
    "failures" INTEGER NOT NULL,
    "opened_at" BIGINT NOT NULL,

    PRIMARY KEY ("tenant_id", "account_id")
);

-- CreateTable
CREATE TABLE "encounters" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "message_pk" TEXT NOT NULL,
    "stage" TEXT,
    "is_explained" BOOLEAN NOT NULL,
    "is_counted" BOOLEAN NOT NULL,
    "traits" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "learned_limits" (
    "scope" TEXT NOT NULL PRIMARY KEY,
    "revision" TEXT NOT NULL,
    "connections" INTEGER,
    "raise_at" BIGINT NOT NULL DEFAULT 0,
    "raise_after_ms" BIGINT NOT NULL DEFAULT 0,
    "recipients" INTEGER,
    "recipients_at" BIGINT NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "connection_shares" (
    "scope" TEXT NOT NULL,
    "process_id" TEXT NOT NULL,
    "held" INTEGER NOT NULL,

    PRIMARY KEY ("scope", "process_id")
);

-- CreateTable
CREATE TABLE "send_scopes" (
    "scope" TEXT NOT NULL PRIMARY KEY,
    "last_n" BIGINT NOT NULL DEFAULT 0,
    "last_at" BIGINT NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "send_slots" (
    "scope" TEXT NOT NULL,
    "attempt" TEXT NOT NULL,
    "process_id" TEXT NOT NULL,
    "at" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "attempt")
);

-- CreateTable
CREATE TABLE "send_log" (
    "scope" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "n")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "call" TEXT NOT NULL PRIMARY KEY,
    "caller" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "rejected" TEXT NOT NULL,
    "queued" INTEGER NOT NULL DEFAULT 0,
    "refused" TEXT,
    "created_at" BIGINT NOT NULL
);

-- CreateTable
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

-- CreateTable
CREATE TABLE "dashboard_sessions" (
    "hash" TEXT NOT NULL PRIMARY KEY,
    "credential" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "history_minutes" (
    "tenant_id" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "accepted" INTEGER NOT NULL DEFAULT 0,
    "sent" INTEGER NOT NULL DEFAULT 0,
    "deferred" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "bounced" INTEGER NOT NULL DEFAULT 0,
    "latency_0" INTEGER NOT NULL DEFAULT 0,
    "latency_1" INTEGER NOT NULL DEFAULT 0,
    "latency_2" INTEGER NOT NULL DEFAULT 0,
    "latency_3" INTEGER NOT NULL DEFAULT 0,
    "latency_4" INTEGER NOT NULL DEFAULT 0,
    "latency_5" INTEGER NOT NULL DEFAULT 0,
    "latency_6" INTEGER NOT NULL DEFAULT 0,
    "latency_7" INTEGER NOT NULL DEFAULT 0,
    "latency_8" INTEGER NOT NULL DEFAULT 0,
    "latency_9" INTEGER NOT NULL DEFAULT 0,
    "latency_10" INTEGER NOT NULL DEFAULT 0,
    "latency_11" INTEGER NOT NULL DEFAULT 0,
    "latency_12" INTEGER NOT NULL DEFAULT 0,
    "latency_13" INTEGER NOT NULL DEFAULT 0,
    "latency_14" INTEGER NOT NULL DEFAULT 0,
    "report_lag_ms" BIGINT NOT NULL DEFAULT 0,
    "depth_0" BIGINT NOT NULL DEFAULT 0,
    "depth_1" BIGINT NOT NULL DEFAULT 0,
    "depth_2" BIGINT NOT NULL DEFAULT 0,
    "depth_3" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("tenant_id", "at")
);

-- CreateTable
CREATE TABLE "history_hours" (
    "tenant_id" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "accepted" INTEGER NOT NULL DEFAULT 0,
    "sent" INTEGER NOT NULL DEFAULT 0,
    "deferred" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "bounced" INTEGER NOT NULL DEFAULT 0,
    "latency_0" INTEGER NOT NULL DEFAULT 0,
    "latency_1" INTEGER NOT NULL DEFAULT 0,
    "latency_2" INTEGER NOT NULL DEFAULT 0,
    "latency_3" INTEGER NOT NULL DEFAULT 0,
    "latency_4" INTEGER NOT NULL DEFAULT 0,
    "latency_5" INTEGER NOT NULL DEFAULT 0,
    "latency_6" INTEGER NOT NULL DEFAULT 0,
    "latency_7" INTEGER NOT NULL DEFAULT 0,
    "latency_8" INTEGER NOT NULL DEFAULT 0,
    "latency_9" INTEGER NOT NULL DEFAULT 0,
    "latency_10" INTEGER NOT NULL DEFAULT 0,
    "latency_11" INTEGER NOT NULL DEFAULT 0,
    "latency_12" INTEGER NOT NULL DEFAULT 0,
    "latency_13" INTEGER NOT NULL DEFAULT 0,
    "latency_14" INTEGER NOT NULL DEFAULT 0,
    "report_lag_ms" BIGINT NOT NULL DEFAULT 0,
    "depth_0" BIGINT NOT NULL DEFAULT 0,
    "depth_1" BIGINT NOT NULL DEFAULT 0,
    "depth_2" BIGINT NOT NULL DEFAULT 0,
    "depth_3" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("tenant_id", "at")
);

-- CreateTable
CREATE TABLE "history_progress" (
    "what" TEXT NOT NULL PRIMARY KEY,
    "up_to" BIGINT NOT NULL,
    "run" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "message_terms_term_message_pk_idx" ON "message_terms"("term", "message_pk");

-- CreateIndex
CREATE INDEX "bulk_changes_tenant_id_created_at_idx" ON "bulk_changes"("tenant_id", "created_at");

-- CreateIndex
CREATE INDEX "bulk_changes_state_idx" ON "bulk_changes"("state");

-- CreateIndex
CREATE INDEX "bulk_changes_finished_at_idx" ON "bulk_changes"("finished_at");

-- CreateIndex
CREATE INDEX "bounce_mailboxes_tenant_id_account_id_idx" ON "bounce_mailboxes"("tenant_id", "account_id");

-- CreateIndex
CREATE INDEX "bounce_mailboxes_lease_owner_idx" ON "bounce_mailboxes"("lease_owner");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_tokens_tenant_id_name_key" ON "tenant_tokens"("tenant_id", "name");

-- CreateIndex
CREATE INDEX "messages_tenant_id_status_pk_idx" ON "messages"("tenant_id", "status", "pk");

-- CreateIndex
CREATE INDEX "messages_tenant_id_account_id_status_pk_idx" ON "messages"("tenant_id", "account_id", "status", "pk");

-- CreateIndex
CREATE UNIQUE INDEX "messages_tenant_id_id_key" ON "messages"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "message_attachments_content_id_idx" ON "message_attachments"("content_id");

-- CreateIndex
CREATE UNIQUE INDEX "attachment_contents_hash_key" ON "attachment_contents"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "large_files_tenant_id_hash_storage_url_key" ON "large_files"("tenant_id", "hash", "storage_url");

-- CreateIndex
CREATE UNIQUE INDEX "file_links_message_pk_revision_n_key" ON "file_links"("message_pk", "revision", "n");

-- CreateIndex
CREATE INDEX "file_links_file_id_idx" ON "file_links"("file_id");

-- CreateIndex
CREATE INDEX "file_links_tenant_id_message_id_idx" ON "file_links"("tenant_id", "message_id");

-- CreateIndex
CREATE INDEX "file_links_expires_at_idx" ON "file_links"("expires_at");

-- CreateIndex
CREATE INDEX "events_message_pk_id_idx" ON "events"("message_pk", "id");

-- CreateIndex
CREATE INDEX "events_tenant_id_id_idx" ON "events"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "mail_ids_message_pk_idx" ON "mail_ids"("message_pk");

-- CreateIndex
CREATE INDEX "bounces_tenant_id_id_idx" ON "bounces"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "bounces_mailbox_tenant_id_idx" ON "bounces"("mailbox_tenant", "id");

-- CreateIndex
CREATE UNIQUE INDEX "bounces_mailbox_id_uid_validity_uid_key" ON "bounces"("mailbox_id", "uid_validity", "uid");

-- CreateIndex
CREATE UNIQUE INDEX "bounces_mailbox_id_sha256_key" ON "bounces"("mailbox_id", "sha256");

-- CreateIndex
CREATE UNIQUE INDEX "bounces_message_pk_sha256_key" ON "bounces"("message_pk", "sha256");

-- CreateIndex
CREATE INDEX "encounters_tenant_id_account_id_at_idx" ON "encounters"("tenant_id", "account_id", "at");

-- CreateIndex
CREATE INDEX "encounters_at_idx" ON "encounters"("at");

-- CreateIndex
CREATE INDEX "send_slots_process_id_idx" ON "send_slots"("process_id");

-- CreateIndex
CREATE INDEX "send_log_at_idx" ON "send_log"("at");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "idempotency_keys_caller_key_key" ON "idempotency_keys"("caller", "key");

-- CreateIndex
CREATE INDEX "command_log_at_id_idx" ON "command_log"("at", "id");

-- CreateIndex
CREATE INDEX "command_log_tenant_id_at_id_idx" ON "command_log"("tenant_id", "at", "id");

-- CreateIndex
CREATE INDEX "dashboard_sessions_expires_at_idx" ON "dashboard_sessions"("expires_at");

-- CreateIndex
CREATE INDEX "history_minutes_at_idx" ON "history_minutes"("at");

-- CreateIndex
CREATE INDEX "history_hours_at_idx" ON "history_hours"("at");

-- Indexes that the models cannot express. The first two hold only rows with something left to do, so that they stay small
-- whatever the number of finished messages. "messages_open_idx" also holds every column that the metrics count, so that a
-- scrape reads nothing but this index.
CREATE INDEX "messages_open_idx" ON "messages"("next_sweep_at", "pk", "tenant_id", "account_id", "priority") WHERE "next_sweep_at" IS NOT NULL;
CREATE INDEX "events_unreported_idx" ON "events"("tenant_id", "id") WHERE "reported_at" IS NULL AND "type" <> 'queued';

-- Bounces of no message, which are listed and removed by their age.
CREATE INDEX "bounces_unmatched_idx" ON "bounces"("id") WHERE "message_pk" IS NULL;

-- The same of a mailbox, for those that came before their message was known.
CREATE INDEX "bounces_unmatched_of_mailbox_idx" ON "bounces"("mailbox_id", "received_at") WHERE "message_pk" IS NULL;

-- Lists of one batch read these two; they hold only messages that belong to a batch.
CREATE INDEX "messages_batch_idx" ON "messages"("tenant_id", "batch_code", "status", "pk") WHERE "batch_code" IS NOT NULL;
CREATE INDEX "messages_batch_account_idx" ON "messages"("tenant_id", "batch_code", "account_id", "status", "pk") WHERE "batch_code" IS NOT NULL;

-- What tenants use of their quotas (tenant_usage). The rows of a deleted tenant's messages are deleted before its own.
CREATE TRIGGER "messages_added" AFTER INSERT ON "messages" BEGIN
  INSERT INTO "tenant_usage" ("tenant_id", "shard", "queued", "queued_0", "queued_1", "queued_2", "queued_3", "stored_bytes")
  VALUES (NEW."tenant_id", 0, NEW."status" IN ('pending', 'deferred', 'sending'), NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 0, NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 1, NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 2, NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 3, NEW."content_bytes")
  ON CONFLICT ("tenant_id", "shard") DO UPDATE SET "queued" = "queued" + excluded."queued",
    "queued_0" = "queued_0" + excluded."queued_0",
    "queued_1" = "queued_1" + excluded."queued_1",
    "queued_2" = "queued_2" + excluded."queued_2",
    "queued_3" = "queued_3" + excluded."queued_3",
    "stored_bytes" = "stored_bytes" + excluded."stored_bytes";
END;
CREATE TRIGGER "messages_changed" AFTER UPDATE OF "status", "priority", "content_bytes" ON "messages"
WHEN (OLD."status" IN ('pending', 'deferred', 'sending')) <> (NEW."status" IN ('pending', 'deferred', 'sending')) OR OLD."content_bytes" <> NEW."content_bytes"
  OR OLD."priority" <> NEW."priority" BEGIN
  UPDATE "tenant_usage" SET "queued" = "queued" + (NEW."status" IN ('pending', 'deferred', 'sending')) - (OLD."status" IN ('pending', 'deferred', 'sending')),
    "queued_0" = "queued_0" + (NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 0) - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 0),
    "queued_1" = "queued_1" + (NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 1) - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 1),
    "queued_2" = "queued_2" + (NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 2) - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 2),
    "queued_3" = "queued_3" + (NEW."status" IN ('pending', 'deferred', 'sending') AND NEW."priority" = 3) - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 3),
    "stored_bytes" = "stored_bytes" + NEW."content_bytes" - OLD."content_bytes"
  WHERE "tenant_id" = NEW."tenant_id" AND "shard" = 0;
END;
CREATE TRIGGER "messages_removed" AFTER DELETE ON "messages" BEGIN
  UPDATE "tenant_usage" SET "queued" = "queued" - (OLD."status" IN ('pending', 'deferred', 'sending')),
    "queued_0" = "queued_0" - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 0),
    "queued_1" = "queued_1" - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 1),
    "queued_2" = "queued_2" - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 2),
    "queued_3" = "queued_3" - (OLD."status" IN ('pending', 'deferred', 'sending') AND OLD."priority" = 3),
    "stored_bytes" = "stored_bytes" - OLD."content_bytes"
  WHERE "tenant_id" = OLD."tenant_id" AND "shard" = 0;
END;
CREATE TRIGGER "tenants_removed" AFTER DELETE ON "tenants" BEGIN
  DELETE FROM "tenant_usage" WHERE "tenant_id" = OLD."id";
END;

-- The attachments and the terms of a message that is replaced go with its old content.
CREATE TRIGGER "messages_replaced" AFTER UPDATE OF "revision" ON "messages"
WHEN OLD."revision" <> NEW."revision" BEGIN
  DELETE FROM "message_attachments" WHERE "message_pk" = NEW."pk";
  DELETE FROM "message_terms" WHERE "message_pk" = NEW."pk";
END;
