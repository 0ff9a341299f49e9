/** Exit code of a second signal, as shells report an interrupt. */
const EXIT_INTERRUPTED = 130;

export interface StopOnSignalsDeps {
  platform: {
    stop(): Promise<void>;
    stopNow(): Promise<void>;
  };
  write(text: string): void;
  /** Not through the logger, which writes later than the process ends. */
  writeError(text: string): void;
  exit(code: number): void;
}

/**
 * Stops the platform at the first SIGINT or SIGTERM and at once at the second. The process ends in any case: with 0, 130
 * after a second signal, or 1 when the stop failed.
 */
export function stopOnSignals({ platform, write, writeError, exit }: StopOnSignalsDeps): void {
  let signals = 0;
  const stop = async (how: 'stop' | 'stopNow', code: number) => {
    try {
      await platform[how]();
      exit(code);
    } catch (error) {
      writeError(`The server could not stop in good order: ${error instanceof Error ? error.stack : String(error)}\n`);
      exit(1);
    }
  };
  const onSignal = () => {
    signals += 1;
    if (signals === 1) {
      write('\n  Stopping. Running turns may finish; press Ctrl-C again to stop at once.\n');
      void stop('stop', 0);
    } else if (signals === 2) void stop('stopNow', EXIT_INTERRUPTED);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
