import { useRef } from 'react';

export interface FocusBack {
  onOpenAutoFocus: (event: Event) => void;
  onCloseAutoFocus: (event: Event) => void;
}

/**
 * Returns the focus to the element that had it before a dialog opened, unless the page has moved it since. Radix
 * returns it only to a dialog's own trigger, and these dialogs open from shortcuts and menus.
 */
export function useFocusBack(): FocusBack {
  const before = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus(event) {
      const active = document.activeElement;
      before.current = active instanceof HTMLElement ? (findMenuTrigger(active) ?? active) : null;
      // `data-autofocus` marks the control on which an accidental Enter does no harm. Without it the first control gets
      // the focus. Another dialog may be open below this one.
      const dialog = event.target;
      const wanted = dialog instanceof Element ? dialog.querySelector<HTMLElement>('[data-autofocus]') : null;
      if (wanted === null) return;
      event.preventDefault();
      wanted.focus();
    },
    onCloseAutoFocus(event) {
      event.preventDefault();
      const active = document.activeElement;
      const nowhere = active === null || active === document.body || active.closest('[role="dialog"]') !== null;
      if (nowhere && before.current?.isConnected === true) before.current.focus();
    },
  };
}

/** A menu item is gone when the dialog closes, but the button that opened the menu is still there. */
function findMenuTrigger(element: HTMLElement): HTMLElement | null {
  const id = element.closest('[role="menu"]')?.id ?? '';
  return id === '' ? null : document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(id)}"]`);
}
