// mail-proxy messages explain: why a message has not left yet, and when it is expected to.
import { Args, Command, Flags } from '@oclif/core';
import { readConfig } from '../../../config.js';
import { Fault } from '../../../errors.js';
import { findTarget, getJson } from '../../call-api.js';

/** The part of the answer that the command prints. `--json` prints the whole answer. */
interface Explained {
  id: string;
  status: string;
  reasons: { kind: string; description: string; until_ts?: number }[];
  position?: number;
  expected_ts?: number;
}

/**
 * Asks a running service. Times are shown in the time zone of the terminal. A refusal of the service is printed as one
 * sentence, with exit code 1.
 */
export default class Explain extends Command {
  static override summary = 'Say why a message is not sent yet, and when it is expected to leave';
  static override enableJsonFlag = true;
  static override args = {
    id: Args.string({ required: true, description: 'The id the application gave it.' }),
  };
  static override flags = {
    tenant: Flags.string({ description: "The tenant; may be left out with a tenant's own token." }),
    url: Flags.string({ description: 'Where the service is; else GMP_HOST and GMP_PORT.' }),
  };

  async run(): Promise<Explained> {
    const { args, flags } = await this.parse(Explain);
    try {
      const target = findTarget(readConfig(), { url: flags.url });
      const query = flags.tenant === undefined ? '' : `?tenant_id=${encodeURIComponent(flags.tenant)}`;
      const told = await getJson<Explained>(
        target,
        `/messages/${encodeURIComponent(args.id)}/explain${query}`,
      );
      this.log(`${told.id}: ${told.status}`);
      for (const { description, until_ts } of told.reasons) {
        this.log(`  ${description}${until_ts === undefined ? '' : ` (${localTime(until_ts)})`}`);
      }
      if (told.position !== undefined) this.log(`  place in line: ${told.position}`);
      if (told.expected_ts !== undefined) this.log(`  expected to leave: ${localTime(told.expected_ts)}`);
      return told;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.error(error.message, { exit: 1 });
    }
  }
}

/** For people. Programs read Unix seconds with `--json`. */
function localTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleString(undefined, { timeZoneName: 'short' });
}
