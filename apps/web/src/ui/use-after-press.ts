import { useEffect, useRef } from 'react';

/**
 * Runs what a field does when it is left: at once, and where a press with the pointer has taken the focus, after the click of that
 * press. A list that closes or a problem that appears at the beginning of a press moves the button below away from under the
 * pointer, and the click would be lost.
 */
export function useAfterPress(): (run: () => void) => void {
  const press = useRef({ isDown: false, waiting: [] as (() => void)[] });
  useEffect(() => {
    const { current } = press;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onDown = () => {
      current.isDown = true;
    };
    const onUp = () => {
      // The click is dispatched right behind the release, before any timer.
      timer = setTimeout(() => {
        current.isDown = false;
        for (const run of current.waiting.splice(0)) run();
      });
    };
    const options = { capture: true };
    window.addEventListener('pointerdown', onDown, options);
    window.addEventListener('pointerup', onUp, options);
    window.addEventListener('pointercancel', onUp, options);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pointerdown', onDown, options);
      window.removeEventListener('pointerup', onUp, options);
      window.removeEventListener('pointercancel', onUp, options);
    };
  }, []);
  return (run) => {
    if (press.current.isDown) press.current.waiting.push(run);
    else run();
  };
}
