/**
 * Runs one load at a time. If it is called during a load, however often, it loads once more afterwards, so that the
 * last answer is the newest.
 *
 * @param load Must not reject.
 */
export function createReload(load: () => Promise<void>): () => void {
  let asked = 0;
  let isLoading = false;
  const run = async (): Promise<void> => {
    const answers = asked;
    await load();
    if (answers !== asked) return run();
    isLoading = false;
    return undefined;
  };
  return () => {
    asked += 1;
    if (isLoading) return;
    isLoading = true;
    void run();
  };
}
