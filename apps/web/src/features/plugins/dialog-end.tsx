import type { ReactNode } from 'react';

/** The buttons of a long dialogue, which stay in view while its content scrolls. */
export function DialogEnd({ children }: { children: ReactNode }) {
  return (
    <div className="sticky -bottom-4 -mx-4 -mb-4 flex flex-wrap justify-end gap-2 border-t border-line bg-raised px-4 py-3">
      {children}
    </div>
  );
}
