import { createHttpRemotes, type AskApi, type HttpRemotesOptions } from './ask-over-http.ts';
import { createSshRemotes, type SshRemotesOptions } from './ask-over-ssh.ts';
import { boundPerOwner } from './bound-per-owner.ts';
import type { AskRemote } from './git-service.ts';
import { openSshFolder } from './ssh-files.ts';

export interface RemotesOptions extends HttpRemotesOptions, Omit<SshRemotesOptions, 'folder'> {
  /** For private keys and `known_hosts`; absolute, and nobody else's. */
  sshDir: string;
}

export interface Remotes {
  ask: AskRemote;
  askApi: AskApi;
  close(): Promise<void>;
}

/** Asks git servers by the protocol of the address. */
export async function openRemotes({ sshDir, ...options }: RemotesOptions): Promise<Remotes> {
  const http = createHttpRemotes(options);
  const ssh = createSshRemotes({ ...options, folder: await openSshFolder(sshDir) });
  return {
    ask: boundPerOwner((remote, ...rest) => (remote.protocol === 'ssh' ? ssh : http).ask(remote, ...rest)),
    askApi: (url, request) => http.askApi(url, request),
    close: () => http.close(),
  };
}
