import type { ProcessResource } from '@claude-sdk-pattern/protocol';
import { ChevronRight } from 'lucide-react';
import { Link } from 'wouter';

import type { ProcessAction } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { StatusGlyph, type GlyphName } from '../status/status-glyph.tsx';
import { formatMemory } from './format-memory.ts';
import { memoryOf } from './memory-of.ts';
import { t } from './messages.ts';
import { Sparkline } from './sparkline.tsx';
import { toProcessName } from './to-process-name.ts';

const GLYPHS: Record<ProcessResource['state'], GlyphName> = {
  starting: 'starting',
  working: 'running',
  idle: 'idle',
  spare: 'queued',
};
const ACTIONS: readonly ProcessAction[] = ['interrupt', 'restart', 'hibernate', 'end'];

export interface ProcessCardProps {
  process: ProcessResource;
  onAction: (action: ProcessAction) => void;
}

/** One agent process: its owner, its activity, its resources, and the operator's actions. */
export function ProcessCard({ process, onAction }: ProcessCardProps) {
  const name = toProcessName(process);
  return (
    <li className="rounded-md border border-line bg-raised px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="truncate font-semibold">
            <ProcessTitle process={process} name={name} />
          </h2>
          <p className="nums flex flex-wrap items-center gap-x-1.5 text-sm text-muted">
            <StatusGlyph name={GLYPHS[process.state]} size={12} />
            <span>{t.states[process.state]}</span>
            {process.agent !== null && (
              <>
                <span aria-hidden>·</span>
                <span className="wrap-anywhere">{process.agent.name ?? process.agent.id}</span>
              </>
            )}
            {process.owner?.name != null && process.title !== null && (
              <>
                <span aria-hidden>·</span>
                <span>{process.owner.name}</span>
              </>
            )}
            <span aria-hidden>·</span>
            <span>
              {t.age} {formatDuration(process.age_seconds * 1000)}
            </span>
            {process.start !== null && (
              <>
                <span aria-hidden>·</span>
                <span>{t.starts[process.start]}</span>
              </>
            )}
          </p>
        </div>
        <div className="flex min-w-0 flex-1 basis-64 items-center gap-4">
          <div className="min-w-0 flex-1">
            <Sparkline samples={process.samples} />
          </div>
          <p className="nums w-36 shrink-0 text-sm">
            <span className="block font-semibold">{formatMemory(memoryOf(process))}</span>
            <span className="block text-muted">
              {process.pss_bytes === null ? t.memory : t.withShared(formatMemory(process.rss_bytes))}
            </span>
          </p>
        </div>
      </div>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
        <Tree process={process} />
        {process.session_id !== null && (
          <div className="flex flex-wrap gap-2">
            {ACTIONS.filter((action) => action !== 'interrupt' || process.state === 'working').map((action) => (
              <Button
                key={action}
                size="small"
                look={action === 'end' ? 'danger' : 'plain'}
                aria-label={t.actionOn(t.actions[action], name)}
                onClick={() => onAction(action)}
              >
                {t.actions[action]}
              </Button>
            ))}
          </div>
        )}
      </div>
    </li>
  );
}

/** An operator cannot open other people's sessions, so only the operator's own sessions are links. */
function ProcessTitle({ process, name }: { process: ProcessResource; name: string }) {
  const { bootstrap } = useServices();
  if (process.session_id === null || process.owner?.id !== bootstrap.user.id) return <>{name}</>;
  return (
    <Link href={`/sessions/${process.session_id}`} className="tap inline-flex items-center hover:underline">
      {name}
    </Link>
  );
}

function Tree({ process }: { process: ProcessResource }) {
  return (
    <details className="group min-w-0 text-sm">
      <summary className="tap flex cursor-pointer items-center gap-1 rounded-sm text-muted hover:text-text">
        <ChevronRight size={14} aria-hidden className="shrink-0 group-open:rotate-90" />
        {t.children(process.processes.length)}
      </summary>
      <table className="nums mt-1 text-left">
        <caption className="sr-only">{t.tree}</caption>
        <tbody>
          {process.processes.map(({ pid, name, rss_bytes: rssBytes }) => (
            <tr key={pid}>
              <th scope="row" className="pr-4 font-mono font-normal">
                {name}
              </th>
              <td className="pr-4 text-muted">{pid}</td>
              <td className="text-muted">{formatMemory(rssBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
