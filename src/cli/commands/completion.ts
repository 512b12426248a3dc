// mail-proxy completion SHELL: prints a script with which the shell completes commands, flags and names of instances.
import { Args } from '@oclif/core';
import { PlainCommand } from '../api-command.js';
import { bashScript, zshScript } from '../completion/bash.js';
import { knownCommands } from '../completion/commands-known.js';
import { fishScript } from '../completion/fish.js';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

export default class Completion extends PlainCommand {
  static override summary = 'Print the completion script of a shell';
  static override description =
    'Put the line of the example into the file that your shell reads at its start.';
  static override examples = [
    'echo \'eval "$(<%= config.bin %> completion bash)"\' >> ~/.bashrc',
    'echo \'eval "$(<%= config.bin %> completion zsh)"\' >> ~/.zshrc',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/mail-proxy.fish',
  ];
  static override args = {
    shell: Args.string({ required: true, options: Object.keys(scripts), description: 'Which shell.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const script = scripts[args.shell as keyof typeof scripts];
    this.log(script(knownCommands(this.config.commands)).trimEnd());
  }
}
