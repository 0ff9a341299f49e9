import { clsx } from 'clsx';
import type { ComponentProps, ReactNode } from 'react';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent border border-transparent hover:opacity-90',
  plain: 'bg-raised border border-control hover:bg-hover',
  quiet: 'border border-transparent hover:bg-hover',
  danger: 'bg-raised text-bad border border-control hover:bg-bad-soft',
};

export interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  size?: 'small' | 'normal';
  /**
   * Looks disabled but keeps the focus, which a browser takes from a disabled button. The press handler has to ignore
   * presses.
   */
  busy?: boolean;
}

/** The text button. */
export function Button({ look = 'plain', size = 'normal', busy, className, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={busy === true ? true : undefined}
      className={clsx(
        'tap inline-flex shrink-0 items-center justify-center gap-2 rounded-sm text-base font-semibold whitespace-nowrap select-none',
        'transition-colors duration-120 ease-out disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55',
        size === 'small' ? 'h-7 px-2 text-sm' : 'h-9 px-3',
        looks[look],
        className,
      )}
      {...rest}
    />
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  label: string;
  children: ReactNode;
  size?: 'small' | 'normal';
}

/** A square button with an icon. Its label is its accessible name and its tooltip. */
export function IconButton({ label, children, className, size = 'normal', type = 'button', ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={clsx(
        'tap inline-flex shrink-0 items-center justify-center rounded-sm text-muted transition-colors duration-120 ease-out',
        'hover:bg-hover hover:text-text disabled:cursor-not-allowed disabled:opacity-55 data-[state=open]:bg-hover data-[state=open]:text-text',
        size === 'small' ? 'size-7' : 'size-9',
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
