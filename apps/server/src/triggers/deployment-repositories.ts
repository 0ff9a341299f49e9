import { createHash } from 'node:crypto';

import type { SessionResourceParams } from '@claude-sdk-pattern/protocol/v1';

import { seal, unseal } from '../secrets/envelope.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { assertSecretValue } from '../secrets/secret-name.ts';
import type { Repositories } from '../store/port.ts';
import type { SecretPlace } from '../store/secrets.ts';
import { parseRemote } from '../workspaces/repositories/remote.ts';

/** What is mounted into the sessions of a deployment. No token is in it. */
export type DeploymentMount = SessionResourceParams & { authorization_token?: never };

/** The tokens of the repositories of deployments, encrypted. Each belongs to one address, and goes to no other. */
export interface DeploymentTokens {
  /** Replaces all that the deployment has. */
  put(
    secrets: Pick<Repositories['secrets'], 'put' | 'delete'>,
    deploymentId: string,
    change: { before: readonly DeploymentMount[]; params: readonly SessionResourceParams[] },
  ): Promise<void>;
  /** For the creation of a session. */
  addTo(deploymentId: string, mounts: readonly DeploymentMount[]): Promise<SessionResourceParams[]>;
}

export function createDeploymentTokens({
  secrets,
  keyring,
}: {
  secrets: Pick<Repositories['secrets'], 'find'>;
  keyring: Keyring;
}): DeploymentTokens {
  return {
    async put(store, deploymentId, { before, params }) {
      for (const each of before) if ('url' in each) await store.delete(toPlace(deploymentId, each.url));
      for (const each of params) {
        if (each.type !== 'github_repository' || each.authorization_token === undefined) continue;
        assertSecretValue(each.authorization_token, 'authorization_token');
        const place = toPlace(deploymentId, each.url);
        await store.put(place, seal(keyring, place, each.authorization_token));
      }
    },

    async addTo(deploymentId, mounts) {
      const found: SessionResourceParams[] = [];
      for (const each of mounts) {
        if (each.type !== 'github_repository') {
          found.push(each);
          continue;
        }
        const place = toPlace(deploymentId, each.url);
        const sealed = await secrets.find(place);
        found.push(sealed === undefined ? each : { ...each, authorization_token: unseal(keyring, place, sealed) });
      }
      return found;
    },
  };
}

/** Without what only the server may know. */
export function toMounts(params: readonly SessionResourceParams[]): DeploymentMount[] {
  return params.map((each) => {
    if (each.type !== 'github_repository') return each;
    const { authorization_token: _, ...mount } = each;
    return mount;
  });
}

function toPlace(deploymentId: string, url: string): SecretPlace {
  const hash = createHash('sha256').update(parseRemote(url).key).digest('hex').slice(0, 32);
  return { scope: 'deployment', ownerId: deploymentId, name: `repository-${hash}` };
}
