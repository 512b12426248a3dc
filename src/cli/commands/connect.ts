// mail-proxy connect: a JavaScript prompt in which `proxy` is the service.
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { Flags } from '@oclif/core';
import { Fault, reasonOf } from '../../errors.js';
import { ApiCommand, tenantFlag } from '../api-command.js';
import { isInteractive, Missing } from '../ask.js';
import { openProxy } from '../connect/proxy.js';
import { readChosen } from '../instances/home.js';
import { findTarget } from '../target.js';

const historyFile = '.connect_history';

export default class Connect extends ApiCommand {
  static override summary = 'Open a JavaScript prompt in which `proxy` is the service';
  static override description =
    'Tab completes, the history is kept. proxy.messages, proxy.accounts and proxy.tenants have what the commands do; ' +
    'proxy.call(method, path, { query, body }) is any call. Answers are awaited.';
  static override examples = [
    '<%= config.bin %> connect --tenant shop',
    "<%= config.bin %> connect --eval 'proxy.messages.pending()'",
  ];
  // Prints what the code answers.
  static override enableJsonFlag = false;
  static override flags = {
    ...tenantFlag,
    eval: Flags.string({ char: 'e', description: 'Run this code, print its answer as JSON, and end.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Connect);
    const target = findTarget(flags);
    // Several tenants and none named: calls name theirs, or the API says that one is missing.
    const proxy = openProxy(this.connect(flags), flags.tenant ?? readChosen(this.home()).tenant);
    if (flags.eval !== undefined) {
      this.log(JSON.stringify(await evaluate(flags.eval, proxy), null, 2) ?? 'undefined');
      return;
    }
    if (!isInteractive()) throw new Missing('There is no terminal to type in; add --eval CODE');
    await proxy.status();
    const { openRepl } = await import('../connect/open-repl.js');
    this.log(`${target.url}: try proxy.messages.pending(), or Tab after "proxy."; Ctrl-D ends it`);
    await openRepl(`${target.instance ?? new URL(target.url).host}> `, proxy, join(this.home(), historyFile));
  }
}

async function evaluate(code: string, proxy: object): Promise<unknown> {
  try {
    return await runInContext(code, createContext({ proxy, console }));
  } catch (error) {
    throw error instanceof Fault ? error : new Fault('bad_request', reasonOf(error));
  }
}
