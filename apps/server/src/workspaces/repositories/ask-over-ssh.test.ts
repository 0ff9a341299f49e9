import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createSshRemotes } from './ask-over-ssh.ts';
import { parseRemote } from './remote.ts';
import { openSshFolder } from './ssh-files.ts';

it('trusts no other host at its first use once it keeps the keys of thousands, and still asks those with pinned keys', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'csp-ssh-'));
  try {
    const folder = await openSshFolder(dir);
    // Without a program `ssh` on the path, a request that is let through says that it is missing.
    const remotes = createSshRemotes({ folder, allowedServers: ['ssh://127.0.0.1:1'], path: dir, now: Date.now });
    const ask = (knownHosts?: string) =>
      remotes.ask(
        parseRemote('ssh://git@127.0.0.1:1/a.git'),
        { service: 'git-upload-pack', isAdvertisement: true, headers: {}, body: undefined },
        {
          credential: { type: 'ssh_key', key: 'a key', knownHosts },
          ownerId: 'user_1',
          signal: AbortSignal.timeout(10_000),
        },
      );
    await expect(ask()).rejects.toThrow('has no ssh program');
    await writeFile(join(dir, 'known_hosts'), 'host.example ssh-ed25519 AAAA\n'.repeat(40_000));
    await expect(ask()).rejects.toThrow('too many hosts');
    await expect(ask('127.0.0.1 ssh-ed25519 AAAA')).rejects.toThrow('has no ssh program');
  } finally {
    await rm(dir, { recursive: true });
  }
});
