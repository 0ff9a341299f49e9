import { useEffect, type RefObject } from 'react';

const IDLE_MS = 2000;
let lastInputAt = 0;
const note = () => {
  lastInputAt = Date.now();
};
if (typeof window !== 'undefined') {
  window.addEventListener('keydown', note, { capture: true, passive: true });
  window.addEventListener('pointerdown', note, { capture: true, passive: true });
}

/** Moves the focus to a new approval only if the composer is empty and nobody has typed for two seconds. */
export function useGentleFocus(target: RefObject<HTMLElement | null>, key: string | undefined): void {
  useEffect(() => {
    if (key === undefined) return;
    const active = document.activeElement;
    const composer = document.getElementById('composer');
    const draft = composer instanceof HTMLTextAreaElement ? composer.value : '';
    const elsewhere = active !== null && active !== document.body && active !== composer;
    if (draft !== '' || elsewhere || Date.now() - lastInputAt < IDLE_MS) return;
    target.current?.focus({ preventScroll: true });
  }, [target, key]);
}
