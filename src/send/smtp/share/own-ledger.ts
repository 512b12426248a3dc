// Stands in for the ledger of connections in a process that need not know of others.
import type { ConnectionLedger } from '../../../store/accounts/connection-ledger.js';

export const ownLedger: ConnectionLedger = {
  find: async () => ({ learned: undefined, others: 0, isAlone: true }),
  take: async (_account, held, most) => ({
    learned: undefined,
    others: 0,
    isAlone: true,
    isGranted: held <= most,
  }),
  hold: async () => {},
  save: async () => {},
};
