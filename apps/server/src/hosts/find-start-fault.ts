import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

import { isWithin } from '../lib/is-within.ts';

/** What a process was started with, and how it ended. */
export interface FailedStart {
  command: string;
  /** PATH of the process. */
  path: string;
  cwd: string;
  /** Folders beside the system's that are shown to it, absolute. */
  readableDirs: readonly string[];
  /** Whether it ran in a sandbox, which shows the folders of the system and `readableDirs` alone. */
  confines: boolean;
  code: number | null;
  /** What it, or what was to start it, wrote to its standard error. */
  stderr: string;
  /** What starting it failed with; undefined where it was started. */
  error?: unknown;
}

/** Why a program did not start: a clause for people, and a sentence with what to do, without its full stop. */
export interface StartFault {
  text: string;
  remedy: string;
}

const READABLE = 'CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS';
const AGENT_PATH = 'CLAUDE_SDK_PATTERN_AGENT_PATH';
const SYSTEM_DIRS = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/opt', '/etc', '/nix/store', '/gnu/store'];
const HEAD_BYTES = 256;
const OWNED = /^(?:prlimit: failed to execute|bwrap: execvp|(?:\/usr\/bin\/)?env:) ['‘]?(.+?)['’]?: ([A-Z][\w ]+)$/;
const NO_FOLDER = /^bwrap: Can't chdir to (.+?): /;

/**
 * Why a program could not be executed, where that is the reason; undefined where the program ran and ended by itself. What
 * starts programs (prlimit of util-linux 2.38, env of coreutils 9.1, bubblewrap 0.8, Node 24) is never named: people did not ask for it.
 */
export function findStartFault(start: FailedStart): StartFault | undefined {
  const { command, cwd, stderr, error } = start;
  const line = stderr.split('\n').find((each) => each.trim() !== '') ?? '';
  const [, missingDir] = NO_FOLDER.exec(line) ?? [];
  const [, named, said = ''] = OWNED.exec(line) ?? [];
  const reason = toReason(said) ?? (error as NodeJS.ErrnoException | undefined)?.code;
  if (missingDir !== undefined || (reason === 'ENOENT' && error !== undefined && !isFolder(cwd)))
    return toNoFolder(missingDir ?? cwd);
  if (named !== undefined && named !== command) return toNoInterpreter(named, start);
  if (named === undefined && error === undefined) return findForeign(start, line);
  if (reason === 'ENOENT') return toNotFound(start);
  if (reason === 'EACCES') return toNotAllowed(start);
  return reason === 'ENOEXEC' ? toForeign(command, undefined) : undefined;
}

function toReason(said: string): string | undefined {
  if (said === 'No such file or directory') return 'ENOENT';
  if (said === 'Permission denied') return 'EACCES';
  return said === 'Exec format error' ? 'ENOEXEC' : undefined;
}

function toNoFolder(dir: string): StartFault {
  return { text: `the folder ${dir}, in which it is to start, is not there`, remedy: 'Correct its cwd' };
}

function toNotFound(start: FailedStart): StartFault {
  const { command, path, confines } = start;
  const file = locate(start);
  if (file === undefined) {
    const where = command.includes('/') ? '' : `, in the PATH ${path}`;
    const inside = confines ? ' inside the sandbox' : '';
    return { text: `the program ${command} is not found${inside}${where}`, remedy: toInstall(command, confines) };
  }
  if (!isVisible(file, start)) return toHidden(`the program ${command}`, file);
  const interpreter = readInterpreter(file);
  if (interpreter !== undefined) return toNoInterpreter(interpreter, start);
  return {
    text: `${file} cannot be started: the loader that it was built for is not there`,
    remedy: 'Take a build for the C library of this server, which is mostly glibc and not musl',
  };
}

function toHidden(what: string, file: string): StartFault {
  return {
    text: `${what} is not found inside the sandbox, which does not show ${file}`,
    remedy: `Add ${toShownDir(file)} to ${READABLE} and start the platform again, or install it in a folder of the system`,
  };
}

/** With `bin`, what is beside it: programs of Node and Python load it. */
function toShownDir(file: string): string {
  const dir = dirname(file);
  return dir.endsWith('/bin') && dirname(dir) !== '/' ? dirname(dir) : dir;
}

function toInstall(command: string, confines: boolean): string {
  if (confines && isAbsolute(command))
    return `If it is on the server, add ${toShownDir(command)} to ${READABLE} and start the platform again. If not, install it`;
  const name = command.split('/').at(-1) ?? command;
  const instead: Record<string, string> = {
    npx: '. Or add the package as a plugin from npm, which needs no npx',
    bunx: '. Or add the package as a plugin from npm, which needs no bunx',
    uvx: '. It comes with uv',
  };
  const place = confines
    ? `Install it in a folder of the system such as /usr/local/bin, or name its folder in ${AGENT_PATH} and ${READABLE}`
    : `Install it on the server, or name its folder in ${AGENT_PATH}`;
  return `${place}${instead[name] ?? ''}`;
}

function toNoInterpreter(interpreter: string, start: FailedStart): StartFault {
  const { command, confines } = start;
  const found = locate({ ...start, command: interpreter });
  const what = `${interpreter}, which the first line of ${command} names,`;
  if (found !== undefined && !isVisible(found, start)) return toHidden(what.slice(0, -1), found);
  return {
    text: `${what} is not found${confines ? ' inside the sandbox' : ''}`,
    remedy: toInstall(interpreter, confines),
  };
}

function toNotAllowed(start: FailedStart): StartFault {
  const { command } = start;
  const file = locate(start) ?? command;
  if (isFolder(file)) return { text: `${file} is a folder, not a program`, remedy: 'Name the program in it' };
  return {
    text: `${file} may not be executed`,
    remedy: `Run chmod a+x on it, or name what runs it as the command, such as node or python3, and ${command} as its first argument`,
  };
}

/** The C library hands what it cannot execute to a shell, which stumbles over it. */
function findForeign(start: FailedStart, line: string): StartFault | undefined {
  const { command, code } = start;
  if (code === 0 || !line.includes(command.split('/').at(-1) ?? command)) return undefined;
  const isShell = /: \d+: /.test(line) || /Exec format error|cannot execute binary file/.test(line);
  const machine = isShell ? readMachine(locate(start)) : undefined;
  return machine === undefined || machine === process.arch ? undefined : toForeign(command, machine);
}

function toForeign(command: string, machine: string | undefined): StartFault {
  const other = machine === undefined ? 'another kind of machine' : machine;
  return {
    text: `${command} was built for ${other}, and this server is linux ${process.arch}`,
    remedy: `Take its build for linux ${process.arch}`,
  };
}

/**
 * Where the file of a command really is, whoever may execute it; one of the PATH that may be, first. Of a path that is not
 * shown inside nothing is said, nor whether there is a file: whoever names it may not be one who may know.
 */
function locate(start: FailedStart): string | undefined {
  const { command, path, cwd } = start;
  if (command.includes('/')) {
    const file = resolve(cwd, command);
    const real = isVisible(file, start) ? toReal(file) : undefined;
    return real !== undefined && isVisible(real, start) ? real : undefined;
  }
  const places = path.split(delimiter).filter(isAbsolute);
  const files = places.flatMap((dir) => toReal(join(dir, command)) ?? []);
  return files.find(isExecutable) ?? files[0];
}

function isVisible(file: string, { readableDirs, confines }: FailedStart): boolean {
  return !confines || [...SYSTEM_DIRS, ...readableDirs].some((dir) => isWithin(dir, file));
}

function toReal(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readHead(file: string): Buffer {
  try {
    const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.subarray(0, readSync(opened, head));
    } finally {
      closeSync(opened);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

function readInterpreter(file: string): string | undefined {
  return /^#!\s*(\S+)/.exec(readHead(file).toString('latin1'))?.[1];
}

/** By Node's names; undefined for what is no binary, or is for a machine that is not known here. */
function readMachine(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const head = readHead(file);
  if (head.toString('latin1', 0, 2) === 'MZ') return 'Windows';
  if (head.length >= 4 && [0xfeed_facf, 0xcafe_babe, 0xcffa_edfe].includes(head.readUInt32BE(0))) return 'macOS';
  if (head.length < 20 || head.toString('latin1', 1, 4) !== 'ELF') return undefined;
  // e_machine of the ELF specification.
  return { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' }[head.readUInt16LE(18)];
}
