// What bin/run.js starts: the commands, put together with the framework that reads the command line.
export { execute } from '@oclif/core';
