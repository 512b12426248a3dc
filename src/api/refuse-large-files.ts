// Refuses a `large_file_config` with which large attachments could not be put into links.
import { faultOfLinks, type LargeFileConfig } from '../domain/large-file/config.js';
import { withoutNulls } from '../store/db/without-nulls.js';
import type { Needs } from './context.js';
import { Misfit } from './middleware/answer-error.js';

/**
 * @param given as the caller sets it; undefined or null: it does not
 * @param storage_url as it stands, where the caller does not set it
 * @throws Misfit
 */
export function refuseLargeFiles(
  { config }: Needs<'config'>,
  given: object | null | undefined,
  storage_url?: string | null,
): void {
  if (given === undefined || given === null) return;
  const whole = withoutNulls({ storage_url, ...withoutNulls(given) }) as LargeFileConfig;
  const fault = faultOfLinks(whole, config.publicUrl);
  if (fault === undefined) return;
  throw new Misfit([
    { loc: ['body', 'large_file_config', fault.field], msg: fault.reason, type: 'value_error' },
  ]);
}
