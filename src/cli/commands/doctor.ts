// mail-proxy doctor: looks at everything that mail depends on, and says what to do where something is wrong.
import { promises as dns } from 'node:dns';
import { Flags } from '@oclif/core';
import { systemClock } from '../../clock.js';
import { type Config, readConfig, readEnvironment } from '../../config.js';
import { checkDomain } from '../../doctor/check-domain.js';
import { checkClock, checkDisk, checkNode } from '../../doctor/check-machine.js';
import { type Finding, ok, warning, wrong } from '../../doctor/finding.js';
import { reasonOf } from '../../errors.js';
import { ApiCommand } from '../api-command.js';
import { readInstance } from '../instances/instance.js';
import { printable } from '../output/print-rows.js';
import { configEnvironment } from '../settings/config-flags.js';
import { findTarget } from '../target.js';

const patience = { timeout: 2000, tries: 2 };
const marks = { ok: 'ok     ', warning: 'WARNING', wrong: 'WRONG  ' };

export default class Doctor extends ApiCommand {
  static override summary = 'Check everything that mail depends on; exit code 1 when something is wrong';
  static override description =
    'Looks at this machine, settings, database, Redis, key, accounts, endpoints of tenants, and the DNS of each domain ' +
    'that mail is sent from. It logs in to every account and sends nothing.';
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --instance demo --domain example.org --dkim-selector mail',
    '<%= config.bin %> doctor --json',
  ];
  static override flags = {
    domain: Flags.string({
      multiple: true,
      description: 'A domain that mail is sent from; else those of recent mail.',
    }),
    'dkim-selector': Flags.string({
      description: 'The name under which the mail server signs (s= in DKIM-Signature).',
    }),
    dns: Flags.string({
      multiple: true,
      description: 'Address of a name server to ask, as 9.9.9.9 or 127.0.0.1:5353.',
    }),
  };

  async run(): Promise<Finding[]> {
    const { flags } = await this.parse(Doctor);
    const findings: Finding[] = [checkNode()];
    const { local, target } = this.#whatToCheck(flags, findings);
    if (local !== undefined) findings.push(...(await checkLocally(local)));
    const domains = new Map((flags.domain ?? []).map((name) => [name, name]));
    if (target !== undefined) {
      const { checkService } = await import('../doctor/check-service.js');
      const next =
        target.instance === undefined
          ? 'Start it, or correct its address'
          : `mail-proxy start ${target.instance} --background`;
      const service = await checkService(target, next);
      findings.push(...service.findings);
      if (domains.size === 0) for (const [name, envelope] of service.domains) domains.set(name, envelope);
    }
    const resolver = new dns.Resolver(patience);
    if (flags.dns !== undefined) resolver.setServers(flags.dns);
    const selector = flags['dkim-selector'];
    for (const [name, envelope] of domains) {
      findings.push(...(await checkDomain(resolver, { name, envelope, selector })));
    }
    this.#print(findings);
    return findings;
  }

  /** A service elsewhere has its settings, database and Redis elsewhere, too. */
  #whatToCheck(flags: Parameters<typeof findTarget>[0], findings: Finding[]) {
    try {
      const target = findTarget(flags);
      const { instance } = target;
      const found = instance === undefined ? undefined : readInstance(this.home(), instance);
      const isHere = instance === undefined ? isOfEnvironment(flags) : found?.isRemote === false;
      if (!isHere) return { target };
      const config = readConfig(configEnvironment(this.home(), { instance }));
      findings.push(...config.warnings.map((text) => warning('settings', text, 'Correct or remove it')));
      if (config.warnings.length === 0) findings.push(ok('settings', 'All are valid'));
      return { target, local: config };
    } catch (error) {
      findings.push(wrong('settings', reasonOf(error), 'mail-proxy config check names every fault'));
      return {};
    }
  }

  #print(findings: Finding[]): void {
    for (const { check, verdict, found, remedy } of findings) {
      this.log(`${marks[verdict]}  ${printable(`${check}: ${found}`)}`);
      if (remedy !== undefined) this.log(`         ${printable(remedy)}`);
    }
    const count = (one: Finding['verdict']) => findings.filter(({ verdict }) => verdict === one).length;
    this.log(`${count('ok')} ok, ${count('warning')} warnings, ${count('wrong')} wrong`);
    if (count('wrong') > 0) process.exitCode = 1;
  }
}

/** Whether the service is the one that the environment describes. */
function isOfEnvironment(flags: { url?: string | undefined }): boolean {
  const env = readEnvironment();
  return flags.url === undefined && env.MAIL_PROXY_URL === undefined;
}

/** Loaded when used, because the database client is large. */
async function checkLocally(config: Config): Promise<Finding[]> {
  const { checkDatabase, checkKey, checkRedis } = await import('../../doctor/check-stores.js');
  const [disk, database, redis] = await Promise.all([
    checkDisk(config),
    checkDatabase(config),
    checkRedis(config, () => systemClock.now()),
  ]);
  const clocks = redis.clock === undefined ? [] : checkClock([redis.clock]);
  return [database, redis.finding, checkKey(config), ...disk, ...clocks];
}
