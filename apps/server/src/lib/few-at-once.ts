/** Work of which a few pieces run at once. Disposed of, it waits for those that run. */
export interface FewAtOnce extends AsyncDisposable {
  /** Resolves when the piece has begun. @throws what an earlier one threw first */
  start(work: () => Promise<void>): Promise<void>;
  /** Resolves when all have ended. @throws what one of them threw first */
  finish(): Promise<void>;
}

/** Starts up to `most` pieces, and the next when all of those have ended. */
export function startFew(most: number): FewAtOnce {
  let running: Promise<void>[] = [];
  let failure: { error: unknown } | undefined;
  const settle = async () => {
    await Promise.all(running);
    running = [];
  };
  const finish = async () => {
    await settle();
    if (failure !== undefined) throw failure.error;
  };
  return {
    async start(work) {
      if (running.length === most) await finish();
      running.push(work().catch((error: unknown) => void (failure ??= { error })));
    },
    finish,
    [Symbol.asyncDispose]: settle,
  };
}
