import type { HealthPart } from '@claude-sdk-pattern/protocol';
import { CircleCheck, OctagonAlert, TriangleAlert, type LucideIcon } from 'lucide-react';

import { describeValue, t } from './messages.ts';

const LOOKS: Record<HealthPart['state'], { Icon: LucideIcon; tone: string }> = {
  ok: { Icon: CircleCheck, tone: 'text-ok' },
  warn: { Icon: TriangleAlert, tone: 'text-warn' },
  bad: { Icon: OctagonAlert, tone: 'text-bad' },
};

/** How each part of the server is, as a shape, a word and a figure. */
export function HealthGrid({ parts }: { parts: readonly HealthPart[] }) {
  return (
    <ul className="grid gap-x-6 rounded-md border border-line bg-raised px-4 py-1.5 md:grid-cols-2">
      {parts.map((part) => {
        const { Icon, tone } = LOOKS[part.state];
        return (
          <li key={part.part} className="flex items-center gap-2.5 py-1.5">
            <Icon size={16} aria-hidden className={`shrink-0 ${tone}`} />
            <span className="min-w-0 flex-1">
              {t.health.parts[part.part]}
              <span className={`ml-2 text-sm ${part.state === 'ok' ? 'text-muted' : `font-semibold ${tone}`}`}>
                {t.health.states[part.state]}
              </span>
            </span>
            <span className="nums text-right text-sm text-muted">{describeValue(part)}</span>
          </li>
        );
      })}
    </ul>
  );
}
