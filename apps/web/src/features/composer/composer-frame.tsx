import { clsx } from 'clsx';
import { Paperclip } from 'lucide-react';
import type { ReactNode } from 'react';

import { t } from '../../messages/index.ts';

interface ComposerFrameProps {
  /** Files are being dragged over the page. */
  dragging: boolean;
  /** The last message could not be sent. */
  failed: boolean;
  children: ReactNode;
}

/**
 * The frame around the message being written. While files are dragged over the page, it says that they can be dropped.
 */
export function ComposerFrame({ dragging, failed, children }: ComposerFrameProps) {
  return (
    <div
      className={clsx(
        'rounded-lg border bg-raised transition-colors duration-120 focus-within:border-accent',
        dragging ? 'border-dashed border-accent' : failed ? 'border-bad' : 'border-control',
      )}
    >
      {dragging && (
        <p className="flex items-center gap-2 px-4 pt-3 text-sm font-semibold text-accent">
          <Paperclip size={15} aria-hidden />
          {t.attachments.drop}
        </p>
      )}
      {children}
    </div>
  );
}
