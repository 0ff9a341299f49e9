import type { HandPush, SessionTokens } from '../model-gateway/session-tokens.ts';
import { listDoorDirs, toDoorEnvironment } from '../workspaces/repositories/door-environment.ts';
import type { WorkTreeDoor } from '../workspaces/work-tree/work-tree.ts';

export interface PushDoorsDeps {
  tokens: Pick<SessionTokens, 'issue' | 'revoke'>;
  gatewayUrl: string;
  /** PATH of what runs in the sandbox. */
  path: string;
  /** Whether git in the sandbox has no network, and reaches the gateway by its socket. */
  isLimited: boolean;
}

/** Lets git in a sandbox push for a person, with a token that is for this alone and ends when it is disposed of. */
export type OpenPushDoor = (holder: {
  sessionId: string;
  ownerId: string;
  handPush: HandPush;
}) => WorkTreeDoor & Disposable;

export function createPushDoors({ tokens, gatewayUrl, path, isLimited }: PushDoorsDeps): OpenPushDoor {
  return (holder) => {
    const token = tokens.issue(holder);
    return {
      env: {
        ...toDoorEnvironment({ path, isLimited }),
        ANTHROPIC_BASE_URL: gatewayUrl,
        ANTHROPIC_API_KEY: token,
      },
      readableDirs: listDoorDirs({ isLimited }),
      [Symbol.dispose]: () => tokens.revoke(token),
    };
  };
}
