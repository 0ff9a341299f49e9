import { Link } from 'wouter';

import { t } from '../messages/index.ts';
import { useShell } from './shell-context.ts';

export function NotFoundPage() {
  const { drawerButton } = useShell();
  return (
    <div className="flex h-full flex-col">
      <div className="p-2">{drawerButton}</div>
      <div className="m-auto p-6 text-center">
        <h1 className="mb-2 text-xl font-semibold">{t.app.notFound}</h1>
        <Link href="/" className="tap inline-flex items-center text-accent underline">
          {t.app.toHome}
        </Link>
      </div>
    </div>
  );
}
