// Hands reports to the operator's own module instead of an endpoint.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openTimeLimit } from '../concurrency/time-limit.js';
import type { Needs } from '../context.js';
import { Fault, reasonOf } from '../errors.js';
import type { ReportEntry } from './payload.js';
import type { PostResult } from './post.js';

/** The module acknowledges a report by returning; after a throw the report comes again. */
export type ReportHandler = (
  tenantId: string,
  entries: ReportEntry[],
  cut: AbortSignal,
) => Promise<Exclude<PostResult, { kind: 'gone' }>>;

type Handle = (
  batch: { tenant_id: string; entries: ReportEntry[] },
  options: { signal: AbortSignal },
) => unknown;

/**
 * Loads the module that GMP_REPORT_HANDLER names, relative to the working directory; undefined without the setting.
 * @throws Fault `bad_settings` when it cannot be loaded or exports no function
 */
export async function loadReportHandler(ctx: Needs<'config' | 'clock'>): Promise<ReportHandler | undefined> {
  const { reportHandler: path, reportTimeoutSeconds } = ctx.config;
  if (path === undefined) return undefined;
  const handle = await load(path);
  return async (tenantId, entries, cut) => {
    const { signal, end } = openTimeLimit(ctx.clock, reportTimeoutSeconds * 1000, cut);
    try {
      await Promise.race([handle({ tenant_id: tenantId, entries }, { signal }), whenAborted(signal)]);
      return { kind: 'acknowledged', answer: '' };
    } catch (error) {
      return { kind: 'refused', reason: reasonOf(error) };
    } finally {
      end();
    }
  };
}

async function load(path: string): Promise<Handle> {
  const file = resolve(path);
  if (!existsSync(file)) throw new Fault('bad_settings', `GMP_REPORT_HANDLER "${path}" does not exist`);
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new Fault('bad_settings', `GMP_REPORT_HANDLER "${path}" cannot be loaded: ${reasonOf(error)}`);
  }
  if (typeof loaded.default === 'function') return loaded.default as Handle;
  throw new Fault('bad_settings', `GMP_REPORT_HANDLER "${path}" has no function as its default export`);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
