import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { TerminalSize } from '../host.ts';
import type { LaunchRequest } from '../launcher.ts';

const FOLDER = import.meta.dirname;
const RUNNER = join(FOLDER, 'run-terminal.ts');
/** The heap of the runner, which keeps little. */
const MAX_HEAP_MB = 32;

/** The native module for this machine, and the program that it starts others by on macOS. */
interface PtyFiles {
  binary: string;
  helper: string;
}

let known: PtyFiles | string | undefined;

/**
 * Where the module is, or why there is none, as a sentence without its full stop. It is a package of its own for each platform,
 * which npm takes where there is one: nothing is compiled.
 */
function findPty(): PtyFiles | string {
  known ??= lookForPty(`${process.platform}-${process.arch}`);
  return known;
}

function lookForPty(platform: string): PtyFiles | string {
  if (isMusl()) return 'Terminals need a system with glibc, and this one has musl';
  try {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve('@lydell/node-pty'));
    const binary = resolve(`@lydell/node-pty-${platform}/pty.node`);
    return { binary, helper: process.platform === 'darwin' ? join(dirname(binary), 'spawn-helper') : '' };
  } catch {
    return `Terminals need the package @lydell/node-pty-${platform}, which is not installed, or is not made for this platform`;
  }
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  // Its type is `object` (Node 24).
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

/** Why no terminal can be started here, as a sentence without its full stop; undefined where one can. */
export function findTerminalProblem(): string | undefined {
  const found = findPty();
  return typeof found === 'string' ? found : undefined;
}

/**
 * The request as one for a program that runs it on a terminal; `createTerminalInput` writes its input.
 * @throws CspError `invalid_request` where `findTerminalProblem` names one
 */
export function toTerminalRequest<Request extends LaunchRequest>(request: Request, size: TerminalSize): Request {
  const found = findPty();
  if (typeof found === 'string') throw new CspError('invalid_request', found);
  const { binary, helper } = found;
  const { command, args, readableDirs = [] } = request;
  return {
    ...request,
    command: process.execPath,
    args: [
      ...[`--max-old-space-size=${MAX_HEAP_MB}`, '--max-semi-space-size=1', RUNNER, binary, helper],
      ...[String(size.columns), String(size.rows), command, ...args],
    ],
    // On macOS nothing is confined.
    readableDirs: [...readableDirs, FOLDER, dirname(binary), dirname(process.execPath)],
  };
}
