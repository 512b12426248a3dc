// What every command that calls a service stands on: where the service is, which tenant, and how results are printed.
import { Command, Flags, type Interfaces } from '@oclif/core';
import { readEnvironment } from '../config.js';
import { Fault } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { askMissing, isInteractive, Missing } from './ask.js';
import { type CallApi, openApi } from './call-api.js';
import { homeFolder, readChosen } from './instances/home.js';
import { type Column, csvOf, tableOf } from './output/print-rows.js';
import { findTarget } from './target.js';

type OutputFlags = Interfaces.OutputFlags<Interfaces.FlagInput>;
type OutputArgs = Interfaces.OutputArgs<Interfaces.ArgInput>;

/** The flag of commands that are about one tenant. */
export const tenantFlag = {
  tenant: Flags.string({
    char: 't',
    description: 'The tenant; else the one chosen with `use`, or the only one.',
  }),
};

/** The flags of commands that print a list. */
export const listFlags = { csv: Flags.boolean({ description: 'Print comma-separated values.' }) };

/** A command without a service. A refusal is one sentence with exit code 1, a missing value exit code 2. */
export abstract class PlainCommand extends Command {
  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    const isExpected = error instanceof Fault || isOfSystem(error);
    const code = error instanceof Missing ? 2 : isExpected ? 1 : undefined;
    if (code === undefined) {
      error.message += meantFlag(error, this.ctor);
      return super.catch(error);
    }
    if (this.jsonEnabled()) this.logJson({ error: error.message });
    else process.stderr.write(`${error.message}\n`);
    return this.exit(code);
  }

  /** Standard input is for mails and secrets: oclif would take it for an argument that is missing. */
  protected override parse<F extends OutputFlags, B extends OutputFlags, A extends OutputArgs>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    for (const arg of Object.values(options?.args ?? {})) arg.ignoreStdin = true;
    return super.parse(options, argv);
  }

  protected home(): string {
    return homeFolder(readEnvironment());
  }

  /** Prints rows as a table, or as CSV; with `--json`, `log` prints nothing. */
  protected printRows<Row>(
    rows: readonly Row[],
    columns: Column<Row>[],
    { csv = false, none = 'None' } = {},
  ): void {
    if (csv) for (const line of csvOf(rows, columns)) this.log(line);
    else if (rows.length === 0) this.log(none);
    else for (const line of tableOf(rows, columns, process.stdout.isTTY === true)) this.log(line);
  }
}

/** A command that calls a service. With `--json` it prints what `run` returns. */
export abstract class ApiCommand extends PlainCommand {
  static override enableJsonFlag = true;
  static override baseFlags = {
    instance: Flags.string({
      char: 'i',
      description: 'The instance; else the one chosen with `use`, or the only one.',
      helpGroup: 'GLOBAL',
    }),
    url: Flags.string({
      description: 'Where the service is, if it is no instance of this machine (MAIL_PROXY_URL).',
      helpGroup: 'GLOBAL',
    }),
    token: Flags.string({
      description: 'The token; better in MAIL_PROXY_TOKEN, where no list of processes shows it.',
      helpGroup: 'GLOBAL',
    }),
  };

  protected connect(flags: Parameters<typeof findTarget>[0]): CallApi {
    return openApi(findTarget(flags));
  }

  /**
   * The tenant that the command is about. Undefined with a tenant's own token, which names it.
   * @throws Missing when there are several and nobody can be asked
   */
  protected async tenantOf(
    api: CallApi,
    { tenant }: { tenant?: string | undefined },
  ): Promise<string | undefined> {
    const chosen = tenant ?? readChosen(this.home()).tenant;
    if (chosen !== undefined) return chosen;
    const ids = await listTenants(api);
    if (ids === undefined) return undefined;
    if (ids.length === 0) throw new Fault('not_found', 'There is no tenant yet: mail-proxy tenants add NAME');
    if (ids.length === 1) return ids[0];
    if (!isInteractive())
      throw new Missing(`Name the tenant: --tenant ${ids.slice(0, 10).join(' or --tenant ')}`);
    const choices = ids.map((id) => ({ value: id, label: id }));
    return (await askMissing({ tenant: { flag: '--tenant', message: 'Which tenant?', choices } }, {})).tenant;
  }
}

/** What to add to oclif's sentence on a flag that does not exist. */
function meantFlag(error: Error, { flags, baseFlags }: typeof Command): string {
  const [, typed = ''] = /^Nonexistent flag: --([\w-]+)/.exec(error.message) ?? [];
  const nearest = nearestName(typed, ['json', ...Object.keys({ ...baseFlags, ...flags })]);
  return nearest === undefined ? '' : `\nDid you mean --${nearest}?`;
}

/** A file that is missing or may not be read, a full disk: the system's own words name the file. */
function isOfSystem(error: Error): boolean {
  return 'syscall' in error && 'code' in error;
}

/** Undefined: the token is a tenant's, which may not list them. */
async function listTenants(api: CallApi): Promise<string[] | undefined> {
  try {
    const { tenants } = await api<{ tenants: { id: string }[] }>('GET', '/tenants');
    return tenants.map(({ id }) => id);
  } catch (error) {
    if (error instanceof Fault && /admin/i.test(error.message)) return undefined;
    throw error;
  }
}
