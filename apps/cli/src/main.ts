import { runCli } from './run-cli.ts';

/** 128 + SIGPIPE (13), as a shell reports a program that a closed pipe has ended. */
const CLOSED_PIPE_EXIT_CODE = 141;

// The reader of the output has ended, as in `csp chat --print … | head`. Node ignores SIGPIPE and reports an error instead.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(CLOSED_PIPE_EXIT_CODE);
});

const exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
});
// Without an exit code the command keeps running, for instance as a server, and ends on its own.
if (exitCode !== undefined) process.exitCode = exitCode;
