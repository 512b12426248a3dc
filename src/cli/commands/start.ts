// mail-proxy start NAME: makes the instance if it is new, and starts its service.
import { rmSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { Fault, isFault, reasonOf } from '../../errors.js';
import { PlainCommand } from '../api-command.js';
import { findFreePort } from '../instances/free-port.js';
import { listInstances } from '../instances/home.js';
import { type Instance, makeInstance, readInstance } from '../instances/instance.js';
import { pidOf } from '../instances/running.js';
import { startInstance } from '../instances/start-instance.js';

const usualPort = 8000;

export default class Start extends PlainCommand {
  static override summary = 'Start an instance; a new one is made first';
  static override description =
    'An instance is a folder in ~/.mail-proxy with its own database, settings, token and log. It needs no other service: ' +
    'a private redis-server is started beside it, unless --redis-url names one.';
  static override examples = [
    '<%= config.bin %> start demo --background',
    '<%= config.bin %> start demo --port 8025',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name of the instance.' }) };
  static override flags = {
    background: Flags.boolean({
      char: 'b',
      description: 'Return once the service is ready; it writes to its log.',
    }),
    host: Flags.string({ description: 'Of a new instance: the address to listen on.', default: '127.0.0.1' }),
    port: Flags.integer({
      description: `Of a new instance: the port, else ${usualPort} or the next that is free.`,
    }),
    'redis-url': Flags.string({ description: 'Of a new instance: a Redis to use instead of a private one.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Start);
    let isMade = false;
    if (!listInstances(this.home()).includes(args.name)) {
      const port = flags.port ?? (await findFreePort(flags.host, usualPort));
      if (flags.port === undefined && port !== usualPort)
        this.logToStderr(`Port ${usualPort} is taken; using ${port}`);
      isMade = makeInstance(this.home(), args.name, { host: flags.host, port, redisUrl: flags['redis-url'] });
    }
    const instance = readInstance(this.home(), args.name);
    if (instance.isRemote) this.error(`${args.name} runs elsewhere, at ${instance.url}`, { exit: 1 });
    const starting = startInstance({ clock: systemClock }, instance, !flags.background);
    const began = await (isMade ? starting.catch((error) => undo(instance, error)) : starting);
    if (began === 'running') this.log(`${args.name} runs already at ${instance.url}`);
    if (began === 'started')
      this.log(`${args.name} runs at ${instance.url}; next: mail-proxy tenants add NAME`);
    if (typeof began === 'number' && began !== 0) this.exit(began);
  }
}

/**
 * Of an instance that never ran, nothing is left: it can be made again, with other flags. One that is slow may have begun,
 * and another start at the same time may have been luckier.
 */
function undo({ name, folder }: Instance, error: unknown): never {
  if (isFault(error, 'busy') || pidOf(folder) !== undefined) throw error;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  throw new Fault('bad_settings', `${reasonOf(error)}; ${name} was not made`);
}
