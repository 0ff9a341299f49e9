import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lchown, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { removeTree } from '../../lib/remove-tree.ts';
import type { GitConfig } from '../git/git-environment.ts';
import { SPARING, type GitOutcome, type ServerGit } from '../git/run-git.ts';
import type { SandboxGit } from '../git/sandbox-git.ts';
import { listDoorDirs, toDoorEnvironment } from './door-environment.ts';
import { rankPack } from './lend-objects.ts';
import { readMirrorRefs, toPackedRefs } from './mirror-refs.ts';
import type { OwnDoor, OwnPass } from './own-door.ts';

export interface ReceiveDeps {
  git: ServerGit;
  sandboxGit: SandboxGit;
  door: Pick<OwnDoor, 'socketPath'>;
  /** Where programs are looked for in the sandbox. */
  sandboxPath: string;
  /** Owner of what agents write, where that is not the server's own user. */
  agentUser: { uid: number; gid: number } | undefined;
}

export interface ReceiveOptions {
  /** Address by which `git-remote-csp` asks for it. */
  url: string;
  pass: OwnPass;
  refspecs: readonly string[];
  signal: AbortSignal;
  timeoutMs: number;
  onStderr(text: string): void;
}

const FETCH = ['fetch', '--quiet', '--progress', '--no-write-fetch-head', '--no-tags', '--force'];
/** What is fetched stays in packs, which sessions borrow by their names. */
const PACKED: GitConfig = [
  ['fetch.unpackLimit', '1'],
  ['transfer.unpackLimit', '1'],
];
const PREFIX = 'incoming-';
const PACK = /^pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.(?:pack|idx|rev)$/;
const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';

/**
 * Fetches objects into a mirror by a repository of their own, in which git reads what the git server sends: in a sandbox that has this folder, the
 * objects of the mirror to read and the server's door, where the host confines. Only packs go from there into the mirror; its refs stay as they are.
 * @returns How git ended
 */
export async function receivePacks(
  deps: ReceiveDeps,
  gitDir: string,
  { url, pass, refspecs, signal, timeoutMs, onStderr }: ReceiveOptions,
): Promise<GitOutcome> {
  const { git, sandboxGit, door, sandboxPath, agentUser } = deps;
  const incoming = join(dirname(gitDir), `${PREFIX}${randomUUID()}`);
  const objects = join(gitDir, 'objects');
  const shared = { timeoutMs, signal, onStderr };
  // The sandbox has a limit of its own for files, which cannot be raised in it.
  try {
    await writeIncoming(incoming, { objects, refs: await readMirrorRefs(gitDir), agentUser });
    const isConfined = sandboxGit.confines && door.socketPath !== undefined;
    const outcome = isConfined
      ? await sandboxGit.run(['--git-dir', incoming, ...FETCH, '--', `csp::${url}`, ...refspecs], {
          ...{ ...shared, cwd: incoming, writableDirs: [incoming], limits: { ...git.limits, maxFileBytes: undefined } },
          readableDirs: [objects, door.socketPath, ...listDoorDirs({ isLimited: true })],
          protocols: ['csp', 'http'],
          config: [...SPARING, ...PACKED],
          env: {
            ...toDoorEnvironment({ path: sandboxPath, isLimited: true }),
            ...{ ANTHROPIC_UNIX_SOCKET: door.socketPath, ANTHROPIC_API_KEY: pass.token },
          },
        })
      : await git.run([...FETCH, '--', pass.url, ...refspecs], {
          ...{ ...shared, gitDir: incoming, protocols: ['http'], config: [...pass.config, ...PACKED] },
        });
    if (outcome.ok) await takePacks(join(incoming, 'objects', 'pack'), join(objects, 'pack'));
    return outcome;
  } finally {
    await removeTree(incoming);
  }
}

/** Whether a folder beside a mirror is one that a server before has left. */
export function isIncoming(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** A bare repository that has the refs of the mirror, so that git asks for what is new alone. */
async function writeIncoming(
  dir: string,
  {
    objects,
    refs,
    agentUser,
  }: { objects: string; refs: ReadonlyMap<string, string>; agentUser: ReceiveDeps['agentUser'] },
): Promise<void> {
  const folders = ['', 'objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads', 'refs/tags'];
  const files = { HEAD: 'ref: refs/heads/main\n', config: CONFIG, 'packed-refs': toPackedRefs(refs, new Map()) };
  for (const each of folders) await mkdir(join(dir, each), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries({ ...files, 'objects/info/alternates': `${objects}\n` }))
    await writeFile(join(dir, name), text);
  if (agentUser === undefined) return;
  for (const each of [...folders, ...Object.keys(files), 'objects/info/alternates'])
    await lchown(join(dir, each), agentUser.uid, agentUser.gid);
}

/** Moves packs to where only the server writes. No process of the sandbox is left, and no link is followed. */
async function takePacks(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => PACK.test(name));
  await mkdir(to, { recursive: true });
  for (const name of names.toSorted((one, other) => rankPack(one) - rankPack(other))) {
    await using file = await open(join(from, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile() || stat.nlink !== 1) throw new Error(`${name} is no file of its own`);
    await file.chown(process.getuid?.() ?? stat.uid, process.getgid?.() ?? stat.gid);
    await file.chmod(0o444);
    await rename(join(from, name), join(to, name));
  }
}
