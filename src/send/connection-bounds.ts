// How many connections to mail servers the process may have, so that it can still open files and take calls.
import { readFileSync } from 'node:fs';

interface ConnectionBounds {
  inUse: number;
  /** Open between two mails. */
  idle: number;
}

/** What a process may usually open at least (`ulimit -n`). */
const usualFiles = 1024;

/** An idle connection takes some 20 KB. */
const mostIdle = 1000;

/** With 1024 open files: 409 connections in use and 204 idle ones. The rest is for calls of the API, reports and databases. */
export function connectionBounds(openFiles = openFileLimit()): ConnectionBounds {
  return { inUse: Math.floor(openFiles * 0.4), idle: Math.min(mostIdle, Math.floor(openFiles * 0.2)) };
}

/** The limit of this process (proc(5)). Node raises the soft limit to the hard one when it starts. */
function openFileLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return usualFiles;
  }
}
