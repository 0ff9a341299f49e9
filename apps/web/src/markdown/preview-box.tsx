import { Eye, Maximize2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { v } from './preview-messages.ts';

export interface PreviewBoxProps {
  title: string;
  /** In pixels; as high as what is around it if it is left out. */
  height?: number;
  /** The frame. It is rendered twice where a person wants it larger. */
  children: ReactNode;
  large: ReactNode;
}

/** The border of a preview, which says what it is. */
export function PreviewBox({ title, height, children, large }: PreviewBoxProps) {
  const [isLarge, setLarge] = useState(false);
  return (
    <div className={height === undefined ? 'flex min-h-0 flex-1 flex-col' : 'border-t border-line'}>
      <p className="flex min-h-8 shrink-0 items-center gap-1.5 border-b border-line bg-surface py-0.5 pr-1 pl-3 text-xs text-muted">
        <Eye size={13} aria-hidden className="shrink-0" />
        <span className="min-w-0 flex-1">{v.told}</span>
        <IconButton size="small" label={v.larger} onClick={() => setLarge(true)}>
          <Maximize2 size={13} aria-hidden />
        </IconButton>
      </p>
      {height === undefined ? (
        <div className="min-h-0 flex-1">{children}</div>
      ) : (
        <div className="relative max-h-[70dvh]" style={{ height }}>
          {children}
        </div>
      )}
      <Dialog open={isLarge} onOpenChange={setLarge} title={title} description={v.told} large>
        <div className="h-[68dvh] shrink-0 overflow-hidden rounded-sm border border-line">{large}</div>
      </Dialog>
    </div>
  );
}
