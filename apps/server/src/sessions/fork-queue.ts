import { CspError } from '@claude-sdk-pattern/protocol';

import { createSerialQueue, type SerialQueue } from '../lib/serial-queue.ts';

/** Forks of one user, the one under way included. A request beyond that is refused, and makes no copy. */
const MAX_FORKS = 4;

/**
 * Runs the forks of a user one after the other: a fork copies a whole workspace, and each must count the session that the
 * one before it made.
 */
export class ForkQueue {
  readonly #users = new Map<string, { queue: SerialQueue; forks: number }>();

  /** @throws CspError `rate_limited` when too many forks of the user wait. */
  async run<T>(ownerId: string, fork: () => Promise<T>): Promise<T> {
    const user = this.#users.get(ownerId) ?? { queue: createSerialQueue(), forks: 0 };
    if (user.forks >= MAX_FORKS) {
      throw new CspError('rate_limited', `${user.forks} of your forks are under way. Wait for one of them to end`, {
        details: { limit: MAX_FORKS, running: user.forks },
        retryAfterMs: 5000,
      });
    }
    user.forks += 1;
    this.#users.set(ownerId, user);
    try {
      return await user.queue.run(fork);
    } finally {
      user.forks -= 1;
      if (user.forks === 0) this.#users.delete(ownerId);
    }
  }
}
