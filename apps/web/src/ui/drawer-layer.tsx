import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

import { useFocusBack } from './use-focus-back.ts';

export interface DrawerProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
}

/** The content of `Drawer`. */
export function DrawerLayer({ open, onOpenChange, title, children }: DrawerProps) {
  const focusBack = useFocusBack();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="anim-fade fixed inset-0 z-30 bg-scrim" />
        <Dialog.Content
          {...focusBack}
          aria-describedby={undefined}
          className="anim-slide fixed inset-y-0 left-0 z-30 w-[min(320px,86vw)] border-r border-line bg-surface shadow-up outline-none"
        >
          <Dialog.Title className="sr-only">{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
