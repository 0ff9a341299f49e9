import type { OverviewResource } from '@claude-sdk-pattern/protocol';
import { OctagonPause } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';

import { useConnection, useServices } from '../../services/services.ts';
import { SectionHeader } from '../../services/section-header.tsx';
import { Button } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { useNow } from '../../ui/use-now.ts';
import { t as operate } from '../operate/messages.ts';
import { AttentionList } from './attention-list.tsx';
import { HealthGrid } from './health-grid.tsx';
import { LoadSection, SpendingSection } from './load-section.tsx';
import { t } from './messages.ts';
import { StopDialog } from './stop-dialog.tsx';
import { StopList } from './stop-list.tsx';
import { useOverview } from './use-overview.ts';

/** For operators: how the server is, what needs attention, and the kill switch. Live over the connection of the chat. */
export function OverviewPage() {
  const { bootstrap, announcer } = useServices();
  const overview = useOverview();
  const [isStopping, setStopping] = useState(false);
  const isOperator = bootstrap.may.includes('overview.read');
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader
        title={t.title}
        aside={<Liveness overview={overview} />}
        actions={
          bootstrap.may.includes('stop.change') && (
            <Button look="danger" size="small" onClick={() => setStopping(true)}>
              <OctagonPause size={14} aria-hidden />
              {t.stops.button}
            </Button>
          )
        }
      />
      <div className="mx-auto flex w-full max-w-[960px] flex-col gap-6 px-4 py-6">
        {!isOperator && <Trouble text={operate.onlyOperators} problem={null} />}
        {isOperator && overview === null && <p className="text-muted">{t.waiting}</p>}
        {overview !== null && <Sections overview={overview} />}
      </div>
      {isStopping && (
        <StopDialog
          onClose={() => setStopping(false)}
          onStopped={() => {
            setStopping(false);
            announcer.say(t.stops.done);
          }}
        />
      )}
    </div>
  );
}

function Sections({ overview }: { overview: OverviewResource }) {
  const now = useNow(60_000, true);
  const { node } = overview;
  return (
    <>
      {overview.stops.length > 0 && (
        <Section id="stops" title={t.stops.title}>
          <StopList stops={overview.stops} />
        </Section>
      )}
      <Section title={t.attention.title}>
        <AttentionList
          items={overview.attention.filter(({ kind }) => kind !== 'stopped' && kind !== 'draining')}
          isStopped={overview.stops.length > 0}
        />
      </Section>
      <Section title={t.load.title}>
        <LoadSection load={overview.load} />
      </Section>
      <Section title={t.spending.title}>
        <SpendingSection spending={overview.spending} />
      </Section>
      <Section title={t.health.title}>
        <HealthGrid parts={overview.health} />
      </Section>
      <p className="nums text-sm wrap-anywhere text-muted">
        {t.nodes[node.state]} · {node.id} · {node.version} ·{' '}
        {t.running(formatDuration(Math.max(0, now - Date.parse(node.started_at))))}
      </p>
    </>
  );
}

/** Never claims to be live on a line that is down. */
function Liveness({ overview }: { overview: OverviewResource | null }) {
  const line = useConnection((connection) => connection.state);
  const now = useNow(1000, line !== 'live');
  if (overview === null) return null;
  if (line === 'live') return <span className="text-sm text-muted">{t.live}</span>;
  const silentMs = Math.max(0, now - Date.parse(overview.at));
  return <span className="nums text-sm text-warn">{t.stale(formatDuration(silentMs))}</span>;
}

function Section({ id: anchor, title, children }: { id?: string; title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section id={anchor} aria-labelledby={id} className="flex flex-col gap-2">
      <h2 id={id} className="text-sm font-semibold text-muted">
        {title}
      </h2>
      {children}
    </section>
  );
}
