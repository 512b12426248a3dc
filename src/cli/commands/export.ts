// mail-proxy export [WHAT...]: tenants, accounts and unsent messages as lines of JSON, without secrets.
import { Args, Flags } from '@oclif/core';
import { ApiCommand } from '../api-command.js';
import { exportLines, type Kind, kinds } from '../transfer/export-lines.js';

export default class Export extends ApiCommand {
  static override summary = 'Print tenants, accounts and unsent messages as lines of JSON, without secrets';
  static override description =
    'Suspend sending first where the messages go to another service, or both send them.';
  static override examples = [
    '<%= config.bin %> export > all.jsonl',
    '<%= config.bin %> export tenants accounts --tenant shop > shop.jsonl',
  ];
  // Prints lines of JSON anyway.
  static override enableJsonFlag = false;
  static override strict = false;
  static override args = {
    what: Args.string({ options: [...kinds], description: 'tenants, accounts, messages; all unless named.' }),
  };
  static override flags = { tenant: Flags.string({ char: 't', description: 'Only this tenant.' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Export);
    const wanted = new Set<Kind>(argv.length === 0 ? kinds : kinds.filter((kind) => argv.includes(kind)));
    const unknown = argv.find((word) => !kinds.some((kind) => kind === word));
    if (unknown !== undefined) this.error(`"${unknown}" is none of ${kinds.join(', ')}`, { exit: 2 });
    const leave = (sentence: string) => {
      process.exitCode = 1;
      this.logToStderr(`Not exported: ${sentence}`);
    };
    for await (const line of exportLines(this.connect(flags), wanted, flags.tenant, leave)) {
      this.log(JSON.stringify(line));
    }
  }
}
