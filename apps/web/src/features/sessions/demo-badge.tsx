import { Link } from 'wouter';

import { t } from '../../messages/index.ts';

/** Marks a demo session, and links to how to set up a model. */
export function DemoBadge() {
  return (
    <Link
      href="/settings"
      title={t.demo.line}
      className="tap flex shrink-0 items-center justify-center rounded-full no-underline"
    >
      <span className="rounded-full bg-warn-soft px-2.5 text-xs leading-6 font-semibold text-warn">{t.demo.badge}</span>
      <span className="sr-only">: {t.demo.line}</span>
    </Link>
  );
}
