import type { ReactNode } from 'react';

import { t } from '../../messages/index.ts';
import { Mark } from '../../ui/mark.tsx';

export interface EntranceFrameProps {
  /** One line below the product's name. */
  lead: string;
  /** What people read before the card; it stands above it. */
  notice?: ReactNode;
  /** The content of the card. */
  children: ReactNode;
}

/** The frame of the pages for people who are not signed in. */
export function EntranceFrame({ lead, notice, children }: EntranceFrameProps) {
  return (
    <main className="flex min-h-full items-center justify-center overflow-y-auto p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <Mark size={44} />
          <div>
            <h1 className="text-xl font-semibold">{t.app.fullName}</h1>
            <p className="text-muted">{lead}</p>
          </div>
        </div>
        {notice}
        <div className="rounded-lg border border-line bg-raised p-4 shadow-up md:p-6">{children}</div>
        <p className="mt-4 text-center text-xs text-muted">{t.app.powered}</p>
      </div>
    </main>
  );
}
