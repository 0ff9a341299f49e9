import { useEffect, useRef, useState } from 'react';

/** What a dialogue sends, which can be a large file. Closing the dialogue ends it. */
export interface Sending {
  busy: boolean;
  /** What the last try was refused with; null while there is none. */
  failure: unknown;
  setFailure(failure: unknown): void;
  /** Sends; `onDone` is not called once the dialogue is closed. Does nothing while something is being sent. */
  send<T>(request: (signal: AbortSignal) => Promise<T>, onDone: (answer: T) => void): Promise<void>;
}

export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const closing = useRef<AbortController | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    closing.current = controller;
    return () => controller.abort();
  }, []);
  return {
    busy,
    failure,
    setFailure,
    async send(request, onDone) {
      if (busy || closing.current === null) return;
      const { signal } = closing.current;
      setBusy(true);
      setFailure(null);
      try {
        const answer = await request(signal);
        if (!signal.aborted) onDone(answer);
      } catch (error) {
        if (signal.aborted) return;
        setFailure(error);
        setBusy(false);
      }
    },
  };
}
