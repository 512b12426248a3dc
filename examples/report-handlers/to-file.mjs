// Appends every event to a file, a line of JSON for each.
//
//   GMP_REPORT_HANDLER=./examples/report-handlers/to-file.mjs REPORT_FILE=./reports.jsonl
import { open } from 'node:fs/promises';

/**
 * mail-proxy calls this with one tenant's events, the oldest first. Returning acknowledges them. After an error they come
 * again, so the same event may come twice; `event_id` tells.
 */
export default async function report({ entries }) {
  const file = await open(process.env.REPORT_FILE ?? 'reports.jsonl', 'a');
  try {
    await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    // The events must be on disk before they are acknowledged.
    await file.sync();
  } finally {
    await file.close();
  }
}
