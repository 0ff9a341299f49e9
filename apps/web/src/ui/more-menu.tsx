import { MoreHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';

import { IconButton } from './button.tsx';
import { Menu } from './menu.tsx';

/** What else can be done with something, behind a button of three dots. */
export function MoreMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Menu
      label={label}
      align="end"
      renderTrigger={(trigger) => (
        <IconButton label={label} {...trigger}>
          <MoreHorizontal size={16} aria-hidden />
        </IconButton>
      )}
    >
      {children}
    </Menu>
  );
}
