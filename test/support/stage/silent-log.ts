// A log for what a test calls directly and does not want to read.
import { openLog } from '../../../src/log.js';

export const silentLog = openLog({ logLevel: 'silent', logFormat: 'json' });
