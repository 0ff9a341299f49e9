import { Link } from 'wouter';

import type { SecretUse } from './list-secret-uses.ts';
import { t } from './messages.ts';

/** The plugins that ask for a secret, each with the way to its page. */
export function UseList({ label, uses }: { label: string; uses: readonly SecretUse[] }) {
  return (
    <p className="text-sm wrap-anywhere text-muted">
      {label}{' '}
      {uses.map(({ plugin, title, isGranted }, index) => (
        <span key={plugin}>
          {index > 0 && ', '}
          <Link
            href={`/operate/plugins/${encodeURIComponent(plugin)}`}
            className="tap inline-flex items-center text-accent underline underline-offset-3"
          >
            {title}
          </Link>
          {!isGranted && ` (${t.notGranted})`}
        </span>
      ))}
    </p>
  );
}
