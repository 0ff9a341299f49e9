import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Credential } from './credential.ts';

/** The files that one call of `ssh` reads; they go when it is disposed of. */
export interface SshFiles extends AsyncDisposable {
  /** With the private key. */
  identityFile: string;
  knownHostsFile: string;
  /** True where no other host keys are taken than those of the file. */
  isPinned: boolean;
}

export interface SshFolder {
  open(credential: Extract<Credential, { type: 'ssh_key' }>): Promise<SshFiles>;
  /** Fingerprints of the keys that a host was trusted with at its first use, such as `SHA256:…`. */
  listTrusted(hostName: string): Promise<string[]>;
  /** Whether no other host can be trusted at its first use: anybody may name hosts, and their keys are kept for good. */
  isFull(): Promise<boolean>;
}

const PREFIX = 'call-';
/** Keys of about 2,000 hosts. */
const MAX_TRUSTED_BYTES = 1024 * 1024;

/**
 * A folder that only the server reads: with `known_hosts`, and with private keys for as long as `ssh` needs them. Removes the keys that a
 * server before has left.
 * @param dir absolute
 */
export async function openSshFolder(dir: string): Promise<SshFolder> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir))
    if (name.startsWith(PREFIX)) await rm(join(dir, name), { recursive: true, force: true });
  const trusted = join(dir, 'known_hosts');

  return {
    async open({ key, knownHosts }) {
      const own = await mkdtemp(join(dir, PREFIX));
      const remove = () => rm(own, { recursive: true, force: true });
      const [identityFile, pinned] = [join(own, 'key'), join(own, 'known_hosts')];
      try {
        await writeFile(identityFile, key, { mode: 0o600 });
        if (knownHosts !== undefined) await writeFile(pinned, knownHosts, { mode: 0o600 });
      } catch (error) {
        await remove();
        throw error;
      }
      return {
        ...{ identityFile, knownHostsFile: knownHosts === undefined ? trusted : pinned },
        ...{ isPinned: knownHosts !== undefined, [Symbol.asyncDispose]: remove },
      };
    },

    async listTrusted(hostName) {
      const lines = (await readFile(trusted, 'utf8').catch(() => '')).split('\n').map((line) => line.split(' '));
      return lines.flatMap(([name, , key]) => (name === hostName && key !== undefined ? [toFingerprint(key)] : []));
    },

    async isFull() {
      const size = await stat(trusted).then(
        (found) => found.size,
        () => 0,
      );
      return size >= MAX_TRUSTED_BYTES;
    },
  };
}

/** As `ssh-keygen -l` shows it. */
function toFingerprint(key: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
