import type { CspError } from '@claude-sdk-pattern/protocol';
import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';

import { seal, unseal } from '../../secrets/envelope.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { assertSecretValue } from '../../secrets/secret-name.ts';
import type { Repositories as StoreRepositories } from '../../store/port.ts';
import type { SecretPlace } from '../../store/secrets.ts';
import type { Session } from '../../store/sessions.ts';
import { readCredential, type Credential } from '../../workspaces/repositories/credential.ts';
import { parseRemote } from '../../workspaces/repositories/remote.ts';
import { toRepositoryError } from '../../workspaces/repositories/repository-error.ts';

type Secrets = StoreRepositories['secrets'];
type Owned = Pick<Session, 'id' | 'ownerId'>;

/** The credentials of the repositories of sessions. No answer and no row of a session has them. */
export interface ResourceCredentials {
  /** Keeps the token of a resource, encrypted. @throws CspError `invalid_request`, `too_large` */
  put(secrets: Pick<Secrets, 'put'>, sessionId: string, resourceId: string, token: string): Promise<void>;
  delete(secrets: Pick<Secrets, 'delete'>, sessionId: string, resourceId: string): Promise<void>;
  /** Gives the tokens of a session to a fork of the same owner. */
  copy(
    secrets: Pick<Secrets, 'find' | 'put'>,
    from: string,
    to: string,
    resources: readonly Pick<RepositoryResource, 'id'>[],
  ): Promise<void>;
  /**
   * What the server shows for the session's owner: the resource's own token, or their secret that it names. Undefined without both.
   * @throws CspError of the type `repository_authentication_error` where the secret is gone or is of the wrong kind
   */
  find(session: Owned, resource: RepositoryResource): Promise<Credential | undefined>;
  /** Whose mirror serves: no other person reads what was fetched with a credential. */
  toScope(session: Owned, credential: Credential | undefined): string;
}

export function createResourceCredentials({
  secrets,
  keyring,
}: {
  secrets: Pick<Secrets, 'find'>;
  keyring: Keyring;
}): ResourceCredentials {
  const read = async (place: SecretPlace, from: Pick<Secrets, 'find'> = secrets) => {
    const sealed = await from.find(place);
    return sealed && unseal(keyring, place, sealed);
  };
  const put = async (into: Pick<Secrets, 'put'>, place: SecretPlace, value: string) => {
    assertSecretValue(value, 'authorization_token');
    await into.put(place, seal(keyring, place, value));
  };

  return {
    put: (into, sessionId, resourceId, token) => put(into, toPlace(sessionId, resourceId), token),
    async delete(from, sessionId, resourceId) {
      await from.delete(toPlace(sessionId, resourceId));
    },
    async copy(store, from, to, resources) {
      for (const { id } of resources) {
        const value = await read(toPlace(from, id), store);
        if (value !== undefined) await put(store, toPlace(to, id), value);
      }
    },
    async find(session, resource) {
      const remote = parseRemote(resource.url);
      const { secret: name } = resource;
      const own = await read(toPlace(session.id, resource.id));
      const value = own ?? (name === null ? undefined : await read({ scope: 'user', ownerId: session.ownerId, name }));
      if (value === undefined && name === null) return undefined;
      try {
        if (value !== undefined) return readCredential(value, remote.protocol);
      } catch (error) {
        throw toRepositoryError('repository_authentication_error', remote, (error as CspError).message);
      }
      const message = `There is no secret ${name} of yours, which ${remote.url} needs. Set it on the page Secrets, then try again`;
      throw toRepositoryError('repository_authentication_error', remote, message);
    },
    toScope: ({ ownerId }, credential) => (credential === undefined ? 'public' : ownerId),
  };
}

function toPlace(sessionId: string, resourceId: string): SecretPlace {
  return { scope: 'session', ownerId: sessionId, name: resourceId };
}
