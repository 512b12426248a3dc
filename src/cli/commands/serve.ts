// mail-proxy serve: the service in the foreground, from the environment alone.
import { Command, Flags } from '@oclif/core';
import { readConfig, readEnvironment } from '../../config.js';
import { Fault } from '../../errors.js';
import { runService } from '../run-service.js';

/**
 * Settings come from the environment, as containers and service managers set it. A start that fails prints one sentence
 * instead of a stack, because the cause is a setting or a service that is missing.
 */
export default class Serve extends Command {
  static override summary = 'Run the service in the foreground, set up by GMP_ environment variables';
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --config /etc/mail-proxy.ini --port 8025',
  ];
  static override flags = {
    config: Flags.string({
      description: 'INI file with settings; the environment outweighs it (GMP_CONFIG).',
    }),
    host: Flags.string({ description: 'Address to listen on (GMP_HOST).' }),
    port: Flags.string({ description: 'Port to listen on (GMP_PORT).' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    try {
      const given = { GMP_CONFIG: flags.config, GMP_HOST: flags.host, GMP_PORT: flags.port };
      const named = Object.entries(given).filter(([, value]) => value !== undefined);
      const read = () => readConfig({ ...readEnvironment(), ...Object.fromEntries(named) });
      process.exitCode = await runService(read);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
    // Exits now, because a lingering connection must not keep the process alive.
    process.exit();
  }
}
