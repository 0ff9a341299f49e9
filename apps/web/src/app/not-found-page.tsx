import { Compass } from 'lucide-react';
import { Link } from 'wouter';

import { t } from '../messages/index.ts';
import { useShell } from '../services/shell-context.ts';

const linkClass =
  'tap inline-flex h-9 items-center rounded-sm border px-3 font-semibold no-underline transition-colors duration-120';

/** The page for an unknown address, with links to pages that exist. */
export function NotFoundPage() {
  const { drawerButton } = useShell();
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-12 shrink-0 items-center px-2">{drawerButton}</header>
      <div className="m-auto max-w-md px-6 pb-[12vh] text-center">
        <Compass size={28} aria-hidden className="mx-auto mb-3 text-muted" />
        <h1 className="mb-2 text-xl font-semibold">{t.app.notFound}</h1>
        <p className="mb-1 text-muted">{t.app.notFoundHelp}</p>
        <p className="mb-5 font-mono text-sm wrap-anywhere text-muted">{location.pathname}</p>
        <div className="flex flex-wrap justify-center gap-2">
          <Link href="/" className={`${linkClass} border-transparent bg-accent text-on-accent hover:opacity-90`}>
            {t.sessions.new}
          </Link>
          <Link href="/approvals" className={`${linkClass} border-control bg-raised text-text hover:bg-hover`}>
            {t.approvals.inboxTitle}
          </Link>
        </div>
      </div>
    </div>
  );
}
