// What can be done from the pages, what each does in plain words, and which call of the API does it.

/** What an action is about, in the words of the API. */
export interface Target {
  tenant_id?: string;
  account_id?: string;
  batch_code?: string;
}

export type ActionName = 'suspend' | 'activate' | 'close-breaker' | 'verify' | 'run-now';

interface Action {
  title: string;
  /** What will happen. */
  says(target: Target): string;
  /** The path of the POST. */
  call(target: Target): string;
  done: string;
}

export const actions: Record<ActionName, Action> = {
  suspend: {
    title: 'Suspend',
    says: (target) =>
      `No message ${of(target)} begins to be sent until it is activated. Messages are accepted as before and keep their place; what is being handed over at this moment still arrives.`,
    call: (target) => `/commands/suspend?${queryOf(target)}`,
    done: 'It is suspended.',
  },
  activate: {
    title: 'Activate',
    says: (target) =>
      `Messages ${of(target)} are sent again, at once what has come due meanwhile.${target.account_id || target.batch_code ? '' : ' Its batches are activated with it; accounts that are suspended by themselves are not.'}`,
    call: (target) => `/commands/activate?${queryOf(target)}`,
    done: 'It is active.',
  },
  'close-breaker': {
    title: 'Try its server again',
    says: (target) =>
      `The circuit breaker closes, and the messages ${of(target)} are sent at once. It opens again if the server still refuses the account.`,
    call: (target) => `/commands/close-breaker?${queryOf(target)}`,
    done: 'Its server is tried again.',
  },
  verify: {
    title: 'Verify',
    says: (target) =>
      `mail-proxy connects to the server ${of(target)}, logs in and offers a mail, without sending any. If that works, the circuit breaker closes. It takes up to half a minute.`,
    call: ({ account_id = '', ...rest }) =>
      `/account/${encodeURIComponent(account_id)}/verify?${queryOf(rest)}`,
    done: 'The account works.',
  },
  'run-now': {
    title: 'Look for due messages now',
    says: () => 'Due messages and overdue reports are looked for at once, instead of with the next sweep.',
    call: () => '/commands/run-now',
    done: 'Due messages are looked for.',
  },
};

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(actions, name);
}

function queryOf(target: Target): string {
  return new URLSearchParams({ ...target }).toString();
}

/** The target as words, to come after a noun. */
function of({ tenant_id, account_id, batch_code }: Target): string {
  const tenant = tenant_id ? `tenant ${tenant_id}` : 'the tenant';
  if (account_id) return `of account ${account_id} of ${tenant}`;
  return batch_code ? `of batch ${batch_code} of ${tenant}` : `of ${tenant}`;
}
