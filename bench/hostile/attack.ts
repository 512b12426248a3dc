// What an attack of bench/hostile.ts is given and answers.
import type { Service } from '../../test/support/programs/service.js';
import type { BenchStage } from '../stage.js';

export interface Target extends Pick<Service, 'url' | 'port' | 'api'> {
  stage: BenchStage;
  /** Creates a tenant and answers its token. */
  tenant(id: string, settings?: object): Promise<string>;
  /** Kills the service and starts it again on the same database. */
  restart(): Promise<void>;
}

export interface Attack {
  name: string;
  settings?: Record<string, string>;
  /**
   * Attacks, and checks that nothing is lost. It may restart the service in between; it is restarted once more afterwards.
   * @returns what came of it, in a few words
   * @throws when something was lost, or somebody else was harmed
   */
  run(target: Target): Promise<string>;
}
