// mail-proxy suspend: stops the sending of a tenant, a batch, or with --all everything.
import { SwitchSending } from '../switch-sending.js';

export default class Suspend extends SwitchSending {
  static override summary =
    'Stop sending for a tenant, one of its batches or accounts, or the whole instance';

  static override examples = [
    '<%= config.bin %> suspend --tenant shop --batch december',
    '<%= config.bin %> suspend --all',
  ];

  run(): Promise<Record<string, unknown>> {
    return this.switchTo('suspend', 'suspended');
  }
}
