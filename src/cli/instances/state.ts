// What there is to say of an instance: whether its service runs, since when, and how much is queued.
import { openApi } from '../call-api.js';
import type { Instance } from './instance.js';
import { pidOf } from './running.js';

export interface InstanceState {
  name: string;
  /**
   * `stopped`: no process. `silent`: a process, or a remote address, that does not answer. `broken`: its files cannot be
   * read.
   */
  state: 'running' | 'suspended' | 'stopped' | 'silent' | 'broken';
  url: string;
  pid?: number;
  uptime_seconds?: number;
  queued?: number;
}

interface Status {
  active: boolean;
  pending_messages: number;
  uptime_seconds: number;
}

export async function stateOf(instance: Instance): Promise<InstanceState> {
  const { name, url } = instance;
  const pid = instance.isRemote ? undefined : pidOf(instance.folder);
  const known = { name, url, ...(pid !== undefined && { pid }) };
  if (pid === undefined && !instance.isRemote) return { ...known, state: 'stopped' };
  try {
    const status = await openApi(instance)<Status>('GET', '/status');
    return {
      ...known,
      state: status.active ? 'running' : 'suspended',
      uptime_seconds: status.uptime_seconds,
      queued: status.pending_messages,
    };
  } catch {
    return { ...known, state: 'silent' };
  }
}
