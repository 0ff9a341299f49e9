/** The message box; null on a touch screen, where the focus would open the keyboard. */
export function findComposer(): HTMLElement | null {
  return matchMedia('(pointer: coarse)').matches ? null : document.getElementById('composer');
}

/** Puts the focus into the message box, so that what is typed next goes there. */
export function focusComposer(): void {
  findComposer()?.focus();
}
