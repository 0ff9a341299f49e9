import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findFreePort } from './free-port.ts';
import { until } from './until.ts';
import { createWorkspaceDir } from './workspace-dir.ts';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';

export interface SshServer extends AsyncDisposable {
  /** Such as `ssh://root@127.0.0.1:40123`. Git speaks version 2 of its protocol there. */
  readonly origin: string;
  /** The same server on a port where git speaks version 0, because the client's wish is not passed on. */
  readonly oldOrigin: string;
  /** A private key that it lets in, and one that it does not. */
  readonly key: string;
  readonly otherKey: string;
  /** Its host key, as lines of `known_hosts` for both ports. */
  readonly knownHosts: string;
}

/** A real `sshd` on loopback for the user of this process; undefined where OpenSSH's server is not installed. */
export async function startSshServer(): Promise<SshServer | undefined> {
  const isInstalled = await access(SSHD).then(
    () => true,
    () => false,
  );
  if (!isInstalled) return undefined;
  const { path: dir, [Symbol.asyncDispose]: remove } = await createWorkspaceDir();
  const [port, oldPort] = [await findFreePort(), await findFreePort()];
  for (const name of ['host', 'key', 'other'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(dir, name)]);
  await rename(join(dir, 'key.pub'), join(dir, 'authorized_keys'));
  const { username, uid } = userInfo();
  // It wants this folder when it runs as root (OpenSSH 9.2, Debian).
  if (uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const settings = [
    ...[`ListenAddress 127.0.0.1:${port}`, `ListenAddress 127.0.0.1:${oldPort}`, `HostKey ${join(dir, 'host')}`],
    ...[`AuthorizedKeysFile ${join(dir, 'authorized_keys')}`, 'PidFile none', 'StrictModes no', 'UsePAM no'],
    ...['PermitRootLogin yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
    ...[`Match LocalPort ${port}`, 'AcceptEnv GIT_PROTOCOL', ''],
  ];
  await writeFile(join(dir, 'sshd_config'), settings.join('\n'));
  const child = spawn(SSHD, ['-D', '-e', '-f', join(dir, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until('sshd listens', () => {
    if (child.exitCode !== null) throw new Error(`sshd has ended: ${said}`);
    return said.split('Server listening').length > 2;
  });
  const host = (await readFile(join(dir, 'host.pub'), 'utf8')).trim();
  return {
    origin: `ssh://${username}@127.0.0.1:${port}`,
    oldOrigin: `ssh://${username}@127.0.0.1:${oldPort}`,
    key: await readFile(join(dir, 'key'), 'utf8'),
    otherKey: await readFile(join(dir, 'other'), 'utf8'),
    knownHosts: [port, oldPort].map((each) => `[127.0.0.1]:${each} ${host}\n`).join(''),
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await remove();
    },
  };
}
