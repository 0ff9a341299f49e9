import type { LucideIcon } from 'lucide-react';
import { Link } from 'wouter';

import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';

/** Above every page, while something stops the work of this person: what it is. Operators get the way to the overview. */
export function WorkBanner({ icon: Icon, text }: { icon: LucideIcon; text: string | undefined }) {
  const { bootstrap } = useServices();
  return (
    <div role="status">
      {text !== undefined && (
        <p className="flex items-start justify-center gap-2 border-b border-line bg-bad-soft px-4 py-2 text-sm">
          <Icon size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
          <span className="min-w-0 wrap-anywhere">
            {text}
            {bootstrap.may.includes('overview.read') && (
              <>
                {' '}
                <Link href="/operate/overview" className="tap-inline font-semibold underline">
                  {t.operate.overview}
                </Link>
              </>
            )}
          </span>
        </p>
      )}
    </div>
  );
}
