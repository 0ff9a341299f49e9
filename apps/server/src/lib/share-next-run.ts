/**
 * Returns a function that resolves with the result of a run of `work` which begins after the call. Runs do not overlap:
 * calls during a run share the next one. `work` must not reject.
 */
export function shareNextRun<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let following: Promise<T> | undefined;

  function run(): Promise<T> {
    if (running === undefined) {
      running = work().finally(() => (running = undefined));
      return running;
    }
    following ??= running.then(() => {
      following = undefined;
      return run();
    });
    return following;
  }

  return run;
}
