// mail-proxy current: what `use` has chosen.
import { PlainCommand } from '../api-command.js';
import { readChosen } from '../instances/home.js';

export default class Current extends PlainCommand {
  static override summary = 'Show the instance and tenant that `use` has chosen';
  static override examples = ['<%= config.bin %> current'];
  static override enableJsonFlag = true;

  async run(): Promise<{ instance?: string; tenant?: string }> {
    await this.parse(Current);
    const chosen = readChosen(this.home());
    const { instance, tenant } = chosen;
    if (instance === undefined) this.log('None is chosen; mail-proxy use NAME chooses one');
    else this.log(tenant === undefined ? instance : `${instance} ${tenant}`);
    return chosen;
  }
}
