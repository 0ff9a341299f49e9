import { FlaskConical } from 'lucide-react';

import { t } from '../../messages/index.ts';

/** Says that no model answers in the demo, and how to set one up. */
export function DemoNote() {
  return (
    <div className="mb-4 flex gap-3 rounded-md border border-line bg-warn-soft px-4 py-3">
      <FlaskConical size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
      <p className="min-w-0">
        <span className="font-semibold">{t.demo.line}</span> {t.demo.helpBefore}
        <code className="rounded-sm bg-bg px-1 font-mono text-sm">ANTHROPIC_API_KEY</code>
        {t.demo.helpAfter}
      </p>
    </div>
  );
}
