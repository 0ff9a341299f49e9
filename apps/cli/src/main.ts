import { runCli } from './run-cli.ts';

const exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
});
// A command that goes on by itself, such as a running server, decides about its own end.
if (exitCode !== undefined) process.exitCode = exitCode;
