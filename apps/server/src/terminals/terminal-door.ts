import type { SessionTokens } from '../model-gateway/session-tokens.ts';
import { listDoorDirs, toDoorEnvironment } from '../workspaces/repositories/door-environment.ts';

/** By which git in a terminal fetches from the repositories of its session. */
export interface TerminalDoor extends Disposable {
  env: Record<string, string>;
  readableDirs: string[];
}

/** Opens a door with a token that is for this terminal alone and ends when it is disposed of. */
export type OpenTerminalDoor = (holder: {
  sessionId: string;
  ownerId: string;
  terminal: { id: string; userId: string };
}) => TerminalDoor;

export interface TerminalDoorsDeps {
  tokens: Pick<SessionTokens, 'issue' | 'revoke'>;
  gatewayUrl: string;
  /** PATH of terminals. */
  path: string;
  /** Whether a terminal may have no network, and reaches the gateway by its socket. */
  isLimited: boolean;
}

export function createTerminalDoors({ tokens, gatewayUrl, path, isLimited }: TerminalDoorsDeps): OpenTerminalDoor {
  return (holder) => {
    const token = tokens.issue(holder);
    return {
      // Not by the names that programs take for those of the model.
      env: { ...toDoorEnvironment({ path, isLimited }), CSP_GIT_URL: gatewayUrl, CSP_GIT_TOKEN: token },
      readableDirs: listDoorDirs({ isLimited }),
      [Symbol.dispose]: () => tokens.revoke(token),
    };
  };
}
