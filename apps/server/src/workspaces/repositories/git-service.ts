import type { Readable } from 'node:stream';

import type { Credential } from './credential.ts';
import type { Remote } from './remote.ts';

/** What git asks of a server: to read, or to write. */
export type GitService = 'git-upload-pack' | 'git-receive-pack';

/** A request of git's protocol over HTTP, in its three forms: which refs there are, read, write. */
export interface GitRequest {
  service: GitService;
  /** True for the first request of each command. */
  isAdvertisement: boolean;
  /** Those of git's protocol, by their names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Readable | undefined;
}

export interface GitAnswer {
  status: number;
  /** Those of git's protocol. */
  headers: Readonly<Record<string, string>>;
  body: Readable;
  /** Fingerprint of the SSH host key that was trusted because it was the first one. */
  hostKey?: string | undefined;
}

/** Asks a git server. Rejects, with a clause for people, where it cannot be reached or may not be. */
export type AskRemote = (
  remote: Remote,
  request: GitRequest,
  options: {
    credential: Credential | undefined;
    /** Who waits for it. */
    ownerId: string;
    signal: AbortSignal;
  },
) => Promise<GitAnswer>;
