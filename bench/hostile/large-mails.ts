// 20 mails of 45 MB leave at once, and the service is killed while they do.
import { addAccount } from '../../test/support/stage/tenant.js';
import { pause } from '../stage.js';
import type { Attack } from './attack.js';

const mails = 20;
const bytes = 45_000_000;

export const largeMails: Attack = {
  name: '20 mails of 45 MB at once, killed in between',
  settings: { GMP_IN_DOUBT_GRACE_SECONDS: '1', GMP_RETRY_DELAYS: '1' },
  async run(target) {
    const arrived = new Set<string>();
    const sink = await target.stage.sink({
      keepMessages: false,
      onMail: () => undefined,
      onRcpt: (address) => {
        arrived.add(address);
        return undefined;
      },
    });
    const token = await target.tenant('large');
    await addAccount(target, 'large', 'main', sink);
    await target.api('POST', '/commands/suspend', {}, { token });
    const body = `${'x'.repeat(76)}\r\n`.repeat(bytes / 78);
    let refused = 0;
    for (let n = 0; n < mails; ) {
      const message = { id: `m-${n}`, from: 'a@example.com', to: `m-${n}@example.org`, subject: 's', body };
      const { status } = await target.api(
        'POST',
        '/commands/add-messages',
        { messages: [message] },
        { token, timeoutMs: 120_000 },
      );
      if (status === 200) n += 1;
      else refused += 1;
    }
    await target.api('POST', '/commands/activate', {}, { token });
    const until = async (count: number) => {
      for (let waited = 0; sink.count < count; waited += 100) {
        if (waited > 300_000) throw new Error(`only ${sink.count} of ${mails} arrived`);
        await pause(100);
      }
    };
    await until(3);
    await target.restart();
    const isDone = async () =>
      (await target.api<{ pending_messages: number }>('GET', '/status', undefined, { token })).body
        .pending_messages === 0;
    await until(mails);
    while (!(await isDone())) await pause(200);
    if (arrived.size !== mails) throw new Error(`only ${arrived.size} of ${mails} arrived`);
    return `${arrived.size} of ${mails} arrived, ${sink.count - mails} twice, ${refused} posts repeated`;
  },
};
