import { CspError } from '@claude-sdk-pattern/protocol';

import type { Remote } from './remote.ts';

/** Why a repository could not be opened, by the names of the Managed Agents API. */
export type RepositoryErrorType =
  | 'repository_not_found_error'
  | 'repository_authentication_error'
  | 'repository_forbidden_error'
  | 'repository_checkout_error'
  | 'repository_clone_error';

type Named = Pick<Remote, 'url' | 'host'>;

/** An error that the session tells; its message says what to do. */
export function toRepositoryError(type: RepositoryErrorType, { url }: Named, message: string): CspError {
  return new CspError('invalid_request', message, { details: { repository_error: type, repository_url: url } });
}

/** What the session tells of an error while a repository was opened. */
export function describeRepositoryError(error: unknown): { type: RepositoryErrorType; message: string } {
  if (!(error instanceof CspError))
    return {
      type: 'repository_clone_error',
      message: 'The repository could not be opened: the server has failed. Try again',
    };
  const type = error.details?.['repository_error'] as RepositoryErrorType | undefined;
  return { type: type ?? 'repository_clone_error', message: error.message };
}

/** What the git server has answered, or why there was no answer. */
export type RemoteFailure = { status: number } | { reason: string };

/**
 * The error for an answer of the git server that gives no repository. GitHub and others answer 401 without a credential, and 404 with one, also
 * for a repository that is there and that the credential does not reach.
 */
export function toRemoteError(
  remote: Named,
  failure: RemoteFailure,
  { hasCredential, writes = false }: { hasCredential: boolean; writes?: boolean },
): CspError {
  const { url, host } = remote;
  const verb = writes ? 'write to' : 'read';
  if ('reason' in failure)
    return toRepositoryError(
      'repository_clone_error',
      remote,
      `${url} could not be ${writes ? 'reached' : 'fetched'}: ${failure.reason}`,
    );
  switch (failure.status) {
    case 401:
      return toRepositoryError(
        'repository_authentication_error',
        remote,
        hasCredential
          ? `${host} refused the credential for ${url}. Give the session another one: it may have expired or been revoked`
          : `${url} needs a credential, or does not exist. Check the address, and give the session a token that may ${verb} it`,
      );
    case 403:
      return toRepositoryError(
        'repository_forbidden_error',
        remote,
        hasCredential
          ? `${host} does not let this credential ${verb} ${url}. Give it the right to ${writes ? 'write' : 'read'} the contents, or use another one`
          : `${host} refused access to ${url} without a credential. Give the session a token that may ${verb} it`,
      );
    case 404:
    case 410:
      return toRepositoryError(
        'repository_not_found_error',
        remote,
        `There is no repository at ${url}${hasCredential ? ', or the credential does not reach it' : ''}. Check the address${hasCredential ? ` and what the token may ${writes ? 'write' : 'read'}` : '; a private repository needs a token'}`,
      );
    default:
      return toRepositoryError(
        'repository_clone_error',
        remote,
        `${host} answered ${failure.status} for ${url}. Try again later`,
      );
  }
}
