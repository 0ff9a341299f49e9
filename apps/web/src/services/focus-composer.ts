/** The message box; null on a touch screen, where focusing it would open the keyboard. */
export function findComposer(): HTMLElement | null {
  return matchMedia('(pointer: coarse)').matches ? null : document.getElementById('composer');
}

/** Focuses the message box, so that the next typed text goes there. */
export function focusComposer(): void {
  findComposer()?.focus();
}
