// mail-proxy serve: the service in the foreground, from the environment alone.
import { Command } from '@oclif/core';
import { readConfig } from '../../config.js';
import { Fault } from '../../errors.js';
import { runService } from '../run-service.js';

/**
 * Has no flags: settings come from the environment alone, as containers and service managers set it. A start that fails
 * prints one sentence instead of a stack, because the cause is a setting or a service that is missing.
 */
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
