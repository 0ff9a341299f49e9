import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { ReadStream } from 'node:tty';

import { createFrameReader } from './terminal-frames.ts';
import { createPtyWriter } from './pty-writer.ts';

// Runs a program on a pseudoterminal of its own. It stands between the server and the program, inside the sandbox: the native
// code, and the descriptor of the terminal, are in no process of anybody else. Its standard input has frames
// (`terminal-frames.ts`), its standard output what the program writes, as it is. Arguments: the native module, its helper,
// columns, rows, the program, its arguments.
const [binary = '', helper = '', columns = '', rows = '', command = '', ...args] = process.argv.slice(2);

/** The native module of @lydell/node-pty 1.1.0. Its own `write` blocks while the program does not read, so it is not used. */
interface PtyModule {
  fork(
    ...of: [
      ...[file: string, args: string[], env: string[], cwd: string, columns: number, rows: number],
      ...[uid: number, gid: number, isUtf8: boolean, helper: string],
      onExit: (code: number, signal: number) => void,
    ]
  ): { fd: number; pid: number };
  resize(fd: number, columns: number, rows: number): void;
}

/** Where the system does not say that all has been read, as on macOS 10.13. */
const LAST_WORDS_MS = 1000;
/** Input that the program has not read; more is not read from the server. */
const MAX_WAITING_BYTES = 64 * 1024;

const pty = createRequire(import.meta.url)(binary) as PtyModule;
const env = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
const { promise: exited, resolve: onExit } = Promise.withResolvers<number>();
const size = [Number(columns), Number(rows)] as const;
const { fd, pid } = pty.fork(command, args, env, process.cwd(), ...size, -1, -1, true, helper, (code, signal) =>
  onExit(signal > 0 ? 128 + signal : code),
);

const output = new ReadStream(fd);
const { promise: wasRead, resolve: onRead } = Promise.withResolvers<void>();
output.on('data', (data) => {
  if (process.stdout.write(data)) return;
  // The server is slow, or the person's browser: the program waits as at a slow terminal.
  output.pause();
  process.stdout.once('drain', () => output.resume());
});
// EIO (Linux): the program has closed the terminal.
output.on('error', () => onRead());
output.on('close', () => onRead());

const writer = createPtyWriter(fd, {
  maxWaitingBytes: MAX_WAITING_BYTES,
  onFull: () => process.stdin.pause(),
  onDrained: () => process.stdin.resume(),
});
const read = createFrameReader({
  onInput: (data) => writer.write(data),
  onResize: (to) => {
    if (!output.destroyed) pty.resize(fd, to.columns, to.rows);
  },
});
process.stdin.on('data', read);

/** As when a person closes the window: the system sends SIGHUP to the program and to its jobs. */
const hangUp = () => {
  writer.close();
  output.destroy();
  try {
    process.kill(pid, constants.signals.SIGHUP);
  } catch {
    // It has ended.
  }
};
process.stdin.on('end', hangUp).on('error', hangUp);
process.stdout.on('error', hangUp);

const code = await exited;
writer.close();
const timer = setInterval(() => {
  // While the server is slow there may be more.
  if (!output.isPaused()) onRead();
}, LAST_WORDS_MS);
await wasRead;
clearInterval(timer);
if (process.stdout.destroyed) process.exit(code);
process.stdout.end(() => process.exit(code));
