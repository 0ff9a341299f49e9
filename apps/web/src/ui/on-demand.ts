import { useEffect, useReducer } from 'react';

/** A part of the app that is loaded when it is first needed. */
export interface OnDemand<Part> {
  /** Null until it is loaded. */
  readonly loaded: Part | null;
  load: () => Promise<void>;
}

export function createOnDemand<Part>(importPart: () => Promise<Part>): OnDemand<Part> {
  let loaded: Part | null = null;
  return {
    get loaded() {
      return loaded;
    },
    async load() {
      loaded ??= await importPart();
    },
  };
}

/** The part, loaded as soon as it is wanted. A part that is loaded already is returned in the same render. */
export function useOnDemand<Part>(part: OnDemand<Part>, wanted: boolean): Part | null {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const missing = wanted && part.loaded === null;
  useEffect(() => {
    // The `vite:preloadError` listener handles a failure, and the next opening tries again.
    if (missing) part.load().then(draw, () => {});
  }, [part, missing]);
  return part.loaded;
}
