// The entry that bin/run.js starts: the framework that reads the command line and runs its commands.
export { execute } from '@oclif/core';
