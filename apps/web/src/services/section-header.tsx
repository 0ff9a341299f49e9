import type { ReactNode } from 'react';
import { createPortal } from 'react-dom';

import { useShell } from './shell-context.ts';

export interface SectionHeaderProps {
  title: string;
  /** Beside the title, such as whether the page is live. */
  aside?: ReactNode;
  /** At the end of the row. */
  actions?: ReactNode;
}

/** The top of a page below Settings. On a narrow screen the bar above the page names it, and takes what else stands here. */
export function SectionHeader({ title, aside, actions }: SectionHeaderProps) {
  const { sectionBar, drawerButton } = useShell();
  if (sectionBar !== null) {
    return (
      <>
        <h1 className="sr-only">{title}</h1>
        {createPortal(
          <>
            {aside}
            {actions}
          </>,
          sectionBar,
        )}
      </>
    );
  }
  return (
    <header className="flex h-12 items-center gap-2 border-b border-line px-4">
      {drawerButton}
      <h1 className="font-semibold">{title}</h1>
      {aside}
      <div className="ml-auto flex items-center gap-2">{actions}</div>
    </header>
  );
}
