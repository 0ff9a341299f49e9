import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** The text of a tab that has no content, or whose content failed to load. */
export function EmptyTab(props: {
  icon: LucideIcon;
  title: string;
  help?: string;
  alert?: boolean;
  children?: ReactNode;
}) {
  const Icon = props.icon;
  return (
    <div
      {...(props.alert === true && { role: 'alert' })}
      className="m-auto flex max-w-72 flex-col items-center gap-2 px-4 py-12 text-center"
    >
      <Icon size={22} aria-hidden className="text-muted" />
      <p className="font-semibold">{props.title}</p>
      {props.help !== undefined && <p className="text-sm text-muted">{props.help}</p>}
      {props.children}
    </div>
  );
}
