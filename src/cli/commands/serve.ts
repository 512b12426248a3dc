// mail-proxy serve: the service in the foreground, from the environment alone.
import { Command } from '@oclif/core';
import { readConfig } from '../../config.js';
import { Fault } from '../../errors.js';
import { runService } from '../run-service.js';

export default class Serve extends Command {
  static override summary = 'Run the service in the foreground, set up by GMP_ environment variables';

  async run(): Promise<void> {
    await this.parse(Serve);
    try {
      process.exitCode = await runService(readConfig());
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
    // Exits now, because a lingering connection must not keep the process alive.
    process.exit();
  }
}
