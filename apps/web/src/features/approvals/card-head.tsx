import type { LucideIcon } from 'lucide-react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { Expiry, FarExpiry } from './expiry.tsx';
import { usePendingCalls } from './use-pending-calls.ts';

export interface CardHeadProps {
  id: string;
  Icon: LucideIcon;
  children: ReactNode;
  /** A button at the end of the line. */
  action?: ReactNode;
}

/** The heading of a card. If several calls wait, it shows the card's position and the buttons to the other cards. */
export function CardHead({ id, Icon, children, action }: CardHeadProps) {
  const { tool, count, index, go } = usePendingCalls();
  return (
    <>
      <div className="flex items-start gap-2">
        <h2 id={id} className="flex min-w-0 flex-1 items-start gap-2 font-semibold">
          <Icon size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
          <span className="min-w-0 wrap-anywhere">{children}</span>
        </h2>
        <FarExpiry at={tool?.approval?.expiresAt ?? null} />
        {(count > 1 || Boolean(action)) && (
          <div className="-my-1 -mr-2 flex shrink-0 items-center text-sm text-muted max-md:-my-3 pointer-coarse:-my-3">
            {count > 1 && (
              <>
                <span className="nums">{t.approvals.position(index + 1, count)}</span>
                <IconButton size="small" label={t.approvals.previous} onClick={() => go(-1)}>
                  <ChevronLeft size={15} aria-hidden />
                </IconButton>
                <IconButton size="small" label={t.approvals.next} onClick={() => go(1)}>
                  <ChevronRight size={15} aria-hidden />
                </IconButton>
              </>
            )}
            {action}
          </div>
        )}
      </div>
      <Expiry at={tool?.approval?.expiresAt ?? null} />
    </>
  );
}
