import type { OpenPushDoor } from '../processes/push-door.ts';
import type { SandboxGit } from '../workspaces/git/sandbox-git.ts';
import type { AskApi } from '../workspaces/repositories/ask-over-http.ts';

/** By which people use git in workspaces. */
export interface HandGit {
  sandboxGit: SandboxGit;
  openDoor: OpenPushDoor;
  askApi: AskApi;
}
