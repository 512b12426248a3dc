// mail-proxy status NAME: whether an instance runs.
import { Args } from '@oclif/core';
import { PlainCommand } from '../api-command.js';
import { readInstance } from '../instances/instance.js';
import { type InstanceState, stateOf } from '../instances/state.js';
import { durationOf } from '../output/duration.js';

export default class Status extends PlainCommand {
  static override summary = 'Say whether an instance runs; exit code 1 when it does not';
  static override examples = ['<%= config.bin %> status demo'];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ required: true, description: 'Name of the instance.' }) };

  async run(): Promise<InstanceState> {
    const { args } = await this.parse(Status);
    const state = await stateOf(readInstance(this.home(), args.name));
    const since = state.uptime_seconds === undefined ? '' : `, for ${durationOf(state.uptime_seconds)}`;
    this.log(`${state.name} is ${state.state} at ${state.url}${since}`);
    if (state.queued !== undefined) this.log(`${state.queued} messages are queued`);
    if (state.state === 'stopped' || state.state === 'silent') process.exitCode = 1;
    return state;
  }
}
