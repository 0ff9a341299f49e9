import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Repositories } from '../store/port.ts';

/** Recognises a repeated request: by its actor, its id and its content. */
export interface RequestIdentity {
  userId: string;
  requestId: string;
  contentHash: string;
}

export function toRequestIdentity(userId: string, requestId: string, content: unknown): RequestIdentity {
  return { userId, requestId, contentHash: createHash('sha256').update(JSON.stringify(content)).digest('base64url') };
}

/** Thrown inside a transaction to roll it back, because the request was answered before. */
class AlreadyAnswered extends Error {
  readonly response: unknown;

  constructor(response: unknown) {
    super('The request was answered before');
    this.response = response;
  }
}

/**
 * Records the request in the transaction that carries it out: with its answer, if that is known already; otherwise
 * `complete` adds the answer later in the transaction.
 * @throws CspError `idempotency_conflict` when the same id came with other content.
 */
export async function claimRequest(
  { idempotency }: Pick<Repositories, 'idempotency'>,
  identity: RequestIdentity,
  response?: unknown,
): Promise<void> {
  const outcome = await idempotency.claim({ ...identity, response });
  if (outcome.state === 'claimed') return;
  if (outcome.request.contentHash !== identity.contentHash) throw toConflict(identity);
  throw new AlreadyAnswered(outcome.request.response);
}

/**
 * The first answer to a repeated request, otherwise undefined.
 * @throws CspError `idempotency_conflict`
 */
export async function findAnswer<T>(
  { idempotency }: Pick<Repositories, 'idempotency'>,
  identity: RequestIdentity,
): Promise<T | undefined> {
  const request = await idempotency.find(identity);
  if (request === undefined) return undefined;
  if (request.contentHash !== identity.contentHash) throw toConflict(identity);
  return request.response as T;
}

/**
 * Throws the first answer to a repeated request as `claimRequest` does, before anything is looked at that is not stored with it.
 * @throws CspError `idempotency_conflict`
 */
export async function assertUnanswered(
  repositories: Pick<Repositories, 'idempotency'>,
  identity: RequestIdentity,
): Promise<void> {
  const response = await findAnswer(repositories, identity);
  if (response !== undefined) throw new AlreadyAnswered(response);
}

/** The first answer, if the error holds one; throws every other error again. */
export function rethrowUnlessAnswered<T>(error: unknown): T {
  if (error instanceof AlreadyAnswered) return error.response as T;
  throw error;
}

function toConflict({ requestId }: RequestIdentity): CspError {
  return new CspError('idempotency_conflict', `The id ${requestId} was used for another request. Choose a new id`);
}
