// Names that are no settings and no mistakes: those of genro-mail-proxy, and those of features that are still to come.

/** What genro-mail-proxy calls a setting, and what it is called here. The value is taken, with a warning. */
export const earlierNames: Readonly<Record<string, string>> = {
  GMP_DATABASE_URL: 'GMP_DB_PATH',
  GMP_SCHEDULER_ACTIVE: 'GMP_START_ACTIVE',
  GMP_SYNC_INTERVAL: 'GMP_SYNC_INTERVAL_SECONDS',
  GMP_REPORT_RETENTION_SECONDS: 'GMP_DELIVERY_REPORT_RETENTION_SECONDS',
  GMP_MAX_CONCURRENT_PER_ACCOUNT_SENDS: 'GMP_MAX_CONCURRENT_PER_ACCOUNT',
  GMP_CACHE_MEMORY_MAX_MB: 'GMP_ATTACHMENT_CACHE_MEMORY_MAX_MB',
  GMP_CACHE_MEMORY_TTL_SECONDS: 'GMP_ATTACHMENT_CACHE_MEMORY_TTL_SECONDS',
  GMP_CACHE_DISK_DIR: 'GMP_ATTACHMENT_CACHE_DISK_DIR',
  GMP_CACHE_DISK_MAX_MB: 'GMP_ATTACHMENT_CACHE_DISK_MAX_MB',
  GMP_CACHE_DISK_TTL_SECONDS: 'GMP_ATTACHMENT_CACHE_DISK_TTL_SECONDS',
  GMP_CACHE_DISK_THRESHOLD_KB: 'GMP_ATTACHMENT_CACHE_DISK_THRESHOLD_KB',
  LOG_LEVEL: 'GMP_LOG_LEVEL',
  LOG_FORMAT: 'GMP_LOG_FORMAT',
};

/** Why a variable has no effect. */
export const idleNames: Readonly<Record<string, string>> = {
  GMP_SEND_LOOP_INTERVAL: 'messages are sent as soon as they are due',
  GMP_BATCH_SIZE_PER_ACCOUNT:
    'accounts are served in turn, a message at a time; batch_size of an account bounds a connection',
  GMP_MESSAGE_QUEUE_SIZE: 'queues have no bound; GMP_MAX_CONCURRENT_SENDS bounds the sends in flight',
  GMP_POOL_SIZE: 'GMP_MAX_CONCURRENT_PER_ACCOUNT bounds the connections of an account',
  GMP_INSTANCE: 'PUT /instance sets the name of the installation',
  GMP_INSTANCE_NAME: 'PUT /instance sets the name of the installation',
};
