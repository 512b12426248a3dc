// Notices of failure as mail servers write them for people, without a report that a machine could read.
import type { NoticeCase } from './notice-case.js';
import { noticesInLanguages } from './notices-in-languages.js';
import { noticesOfGateways } from './notices-of-gateways.js';
import { noticesOfServers } from './notices-of-servers.js';

export const notices: NoticeCase[] = [...noticesOfServers, ...noticesOfGateways, ...noticesInLanguages];
