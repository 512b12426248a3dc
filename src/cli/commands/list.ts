// mail-proxy list: all instances, and how each is doing.
import { reasonOf } from '../../errors.js';
import { listFlags, PlainCommand } from '../api-command.js';
import { listInstances } from '../instances/home.js';
import { readInstance } from '../instances/instance.js';
import { type InstanceState, stateOf } from '../instances/state.js';
import { durationOf } from '../output/duration.js';

export default class List extends PlainCommand {
  static override summary = 'List the instances of this machine, and those that `login` has kept';
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --json'];
  static override enableJsonFlag = true;
  static override flags = listFlags;

  async run(): Promise<InstanceState[]> {
    const { flags } = await this.parse(List);
    const names = listInstances(this.home());
    const states = await Promise.all(names.map((name) => this.#stateOf(name)));
    const none = 'No instances; mail-proxy start NAME makes one';
    this.printRows(
      states,
      [
        { title: 'name', of: ({ name }) => name },
        { title: 'state', of: ({ state }) => state },
        { title: 'address', of: ({ url }) => url },
        { title: 'uptime', of: ({ uptime_seconds }) => durationOf(uptime_seconds) },
        { title: 'queued', of: ({ queued }) => queued },
      ],
      { csv: flags.csv, none },
    );
    return states;
  }

  /** One with damaged files must not hide the others. */
  async #stateOf(name: string): Promise<InstanceState> {
    try {
      return await stateOf(readInstance(this.home(), name));
    } catch (error) {
      this.logToStderr(`${name}: ${reasonOf(error)}`);
      return { name, state: 'broken', url: '' };
    }
  }
}
