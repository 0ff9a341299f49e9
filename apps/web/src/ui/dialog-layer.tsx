import { Dialog as Radix } from 'radix-ui';
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';

import { t } from '../messages/index.ts';
import { IconButton } from './button.tsx';
import { useFocusBack } from './use-focus-back.ts';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  children: ReactNode;
  wide?: boolean;
  /** Wide and high, for texts to read. */
  reading?: boolean;
  /** As large as the screen allows, for an image. */
  large?: boolean;
}

/** The content of `Dialog`. */
export function DialogLayer(props: DialogProps) {
  const { open, onOpenChange, title, description, children, wide = false, reading = false, large = false } = props;
  const focusBack = useFocusBack();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        {/* As high as the dialog: it covers a dialog from which this one opened. */}
        <Radix.Overlay className="anim-fade fixed inset-0 z-50 bg-scrim" />
        <Radix.Content
          {...focusBack}
          {...(description === undefined && { 'aria-describedby': undefined })}
          className={clsx(
            'anim-rise fixed z-50 flex max-h-[85dvh] flex-col overflow-y-auto border border-line bg-raised p-4 shadow-up outline-none',
            'inset-x-0 bottom-0 rounded-t-lg pb-[max(16px,env(safe-area-inset-bottom))]',
            'md:inset-x-auto md:bottom-auto md:left-1/2 md:w-full md:-translate-x-1/2 md:rounded-lg',
            large || reading ? 'md:top-[6dvh]' : 'md:top-[16dvh] md:max-h-[80dvh]',
            large
              ? 'md:max-w-[min(1280px,94vw)]'
              : reading
                ? 'md:max-h-[88dvh] md:max-w-[min(800px,94vw)]'
                : wide
                  ? 'md:max-w-2xl'
                  : 'md:max-w-md',
          )}
        >
          <div className="mb-2 flex items-start justify-between gap-4">
            <Radix.Title className="pt-1.5 text-lg leading-6 font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t.app.close}>
                <X size={16} aria-hidden />
              </IconButton>
            </Radix.Close>
          </div>
          {description !== undefined && (
            <Radix.Description className="mb-4 text-muted">{description}</Radix.Description>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
