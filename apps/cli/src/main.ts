import { runCli } from './run-cli.ts';

const exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
});
// Without an exit code the command keeps running, for instance as a server, and ends on its own.
if (exitCode !== undefined) process.exitCode = exitCode;
