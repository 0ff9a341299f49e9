import { useRef, type KeyboardEvent } from 'react';

/**
 * The up-arrow in an empty composer recalls the person's earlier messages, newest first; the down-arrow goes forward
 * again.
 */
export function useRecall(earlier: readonly string[], text: string, setText: (text: string) => void) {
  /** The index of the recalled message, counted from the end; -1 for none. */
  const at = useRef(-1);
  return (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (text === '') at.current = -1;
    const recalled = at.current >= 0 && text === earlier.at(-1 - at.current);
    if (text !== '' && !recalled) return;
    const next = at.current + (event.key === 'ArrowUp' ? 1 : -1);
    if (next < -1 || next >= earlier.length) return;
    event.preventDefault();
    at.current = next;
    setText(next === -1 ? '' : (earlier.at(-1 - next) ?? ''));
  };
}
