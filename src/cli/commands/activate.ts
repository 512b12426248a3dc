// mail-proxy activate: starts again the sending of a tenant, a batch, or with --all everything.
import { SwitchSending } from '../switch-sending.js';

export default class Activate extends SwitchSending {
  static override summary =
    'Go on sending for a tenant, one of its batches or accounts, or the whole instance';

  static override examples = [
    '<%= config.bin %> activate --tenant shop --batch december',
    '<%= config.bin %> activate --all',
  ];

  run(): Promise<Record<string, unknown>> {
    return this.switchTo('activate', 'active again');
  }
}
