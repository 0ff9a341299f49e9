import { ArrowUp, Square } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';

export interface SendButtonsProps {
  /** Given while something can be stopped. */
  onStop: (() => void) | undefined;
  onSend: () => void;
  canSend: boolean;
  label: string;
  /** Given where the button does something other than send. It then shows a label; `short` is the label on a phone. */
  help: string | undefined;
  short: string | undefined;
}

/** The Stop and Send buttons at the right of the box's lower edge. */
export function SendButtons({ onStop, onSend, canSend, label, help, short }: SendButtonsProps) {
  return (
    <div className="ml-auto flex items-center gap-2">
      {onStop !== undefined && (
        <Button size="small" className="h-8" onClick={onStop}>
          <Square size={12} fill="currentColor" aria-hidden />
          {/* On a phone the icon has no label, because the model and mode menus need the space. */}
          <span className="max-md:sr-only">{t.composer.stop}</span>
        </Button>
      )}
      <button
        type="button"
        onClick={onSend}
        disabled={!canSend}
        aria-label={label}
        title={help ?? label}
        className="tap flex h-8 min-w-8 items-center justify-center rounded-sm bg-accent px-1.5 text-on-accent transition-opacity duration-120 disabled:cursor-not-allowed disabled:bg-surface disabled:text-muted"
      >
        {help === undefined ? (
          <ArrowUp size={18} aria-hidden />
        ) : (
          <span className="px-1.5 text-sm font-semibold whitespace-nowrap">
            <span className="max-md:hidden">{label}</span>
            <span className="md:hidden">{short ?? label}</span>
          </span>
        )}
      </button>
    </div>
  );
}
