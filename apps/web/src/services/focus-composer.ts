/** Puts the focus into the message box, so that what is typed next goes there. On a touch screen this would open the keyboard. */
export function focusComposer(): void {
  if (!matchMedia('(pointer: coarse)').matches) document.getElementById('composer')?.focus();
}
