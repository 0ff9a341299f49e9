import { CspError } from '@claude-sdk-pattern/protocol';

import { createSerialQueue, type SerialQueue } from '../lib/serial-queue.ts';

/** The most forks of one user that wait or run. A further request is refused before anything is copied. */
const MAX_FORKS = 4;

/**
 * Runs the forks of one user one after the other: a fork copies a whole workspace, and each must count the session of
 * the one before it.
 */
export class ForkQueue {
  readonly #users = new Map<string, { queue: SerialQueue; forks: number }>();

  /** @throws CspError `rate_limited` when the user has too many waiting forks. */
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
