import { useRef } from 'react';

export interface FocusBack {
  onOpenAutoFocus: (event: Event) => void;
  onCloseAutoFocus: (event: Event) => void;
}

/**
 * Gives the focus back to what had it before a dialog opened, unless the page has moved it on. Radix gives it only to a
 * dialog's own trigger, and ours open from keys and menus.
 */
export function useFocusBack(): FocusBack {
  const before = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus(event) {
      const active = document.activeElement;
      before.current = active instanceof HTMLElement ? (findMenuTrigger(active) ?? active) : null;
      // What a stray Enter may do without harm is marked with `data-autofocus`; without it the first control has the focus.
      const wanted = document.querySelector<HTMLElement>('[role="dialog"] [data-autofocus]');
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

/** An entry of a menu is gone when the dialog closes; what opened the menu is still there. */
function findMenuTrigger(element: HTMLElement): HTMLElement | null {
  const id = element.closest('[role="menu"]')?.id ?? '';
  return id === '' ? null : document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(id)}"]`);
}
