import type { McpSignInResource, PluginPartHealth, PluginResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { CircleCheck, CircleDashed, CircleX, type LucideIcon } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { formatAgo, formatCount, formatMoment } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { s } from '../servers/messages.ts';
import { FaultDetails } from './fault-details.tsx';
import { formatMillis } from './format-millis.ts';
import { KeptSignIn, usePlatformSignIns } from './platform-sign-in.tsx';
import { ServerTrial } from './server-trial.tsx';
import { toSentence } from './to-sentence.ts';
import { h } from './trial-messages.ts';

/** How the parts of an active plugin do; operators also see the tools of its servers, and try them. */
export function HealthSection({ plugin }: { plugin: PluginResource }) {
  const { parts, since } = plugin.health;
  const signIns = usePlatformSignIns(plugin.name);
  return (
    <>
      <p className="text-sm text-muted">{h.since(formatMoment(Date.parse(since)))}</p>
      <ul className="mt-1 flex flex-col divide-y divide-line">
        {parts.map((part) => (
          <Part
            key={`${part.kind} ${part.name}`}
            {...{ plugin: plugin.name, part }}
            signIn={signIns.value?.find(({ server_name: server }) => server === part.name) ?? null}
            onSignedOut={signIns.reload}
          />
        ))}
      </ul>
    </>
  );
}

const LOOKS: Record<PluginPartHealth['state'], { Icon: LucideIcon; colour: string }> = {
  ready: { Icon: CircleCheck, colour: 'text-ok' },
  idle: { Icon: CircleDashed, colour: 'text-muted' },
  failed: { Icon: CircleX, colour: 'text-bad' },
};

interface PartProps {
  plugin: string;
  part: PluginPartHealth;
  /** The platform's, to this server; null for none. */
  signIn: McpSignInResource | null;
  onSignedOut: () => void;
}

function Part({ plugin, part, signIn, onSignedOut }: PartProps) {
  const { bootstrap } = useServices();
  const [open, setOpen] = useState(false);
  const now = useNow(60_000);
  const { kind, name, transport, state, last_problem: problem } = part;
  const { Icon, colour } = LOOKS[state];
  // Whether it works is not known.
  const isNew = kind === 'mcp_server' && state === 'idle' && part.starts + part.failed_starts === 0;
  const isTriable = kind === 'mcp_server' && bootstrap.user.role !== 'user';
  const title = kind === 'mcp_server' ? name : h[kind];
  return (
    <li className="py-3 last:pb-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="min-w-0 font-semibold wrap-anywhere">
          <VisibleText text={title} />
        </h3>
        <span className={clsx('inline-flex shrink-0 items-center gap-1.5 text-sm font-semibold', colour)}>
          <Icon size={14} aria-hidden />
          {isNew ? h.notTried : h.states[state]}
        </span>
        {transport !== null && <span className="text-sm text-muted">{s.transports[transport]}</span>}
        {isTriable && (
          <Button
            size="small"
            className="ml-auto"
            aria-expanded={open}
            aria-label={open ? h.closeOf(name) : h.tryOf(name)}
            onClick={() => setOpen(!open)}
          >
            {open ? h.close : h.try}
          </Button>
        )}
      </div>
      <p className="nums mt-0.5 text-sm text-muted">{describe(part, now)}</p>
      {problem !== null && (
        <p className="mt-1 text-sm wrap-anywhere">
          <span className="font-semibold">{h.lastProblem}</span>
          <span className="text-muted"> · {formatAgo(problem.at, now)} · </span>
          <VisibleText text={toSentence(problem.text)} />
        </p>
      )}
      {problem !== null && <FaultDetails {...problem} />}
      {isTriable && signIn !== null && <KeptSignIn signIn={signIn} onEnded={onSignedOut} />}
      {open && <ServerTrial {...{ plugin, server: name, offersSignIn: signIn?.status !== 'needs_sign_in' }} />}
    </li>
  );
}

/** What it did, in one line: "2 connections · 40 calls, 1 error · half within 12 ms, 95 % within 80 ms". */
function describe(part: PluginPartHealth, now: number): string {
  const { connected, calls, errors, p50_ms: median, p95_ms: most, starts, restarts, last_call_at: last } = part;
  const called = calls === 0 ? h.noCalls : `${h.calls(formatCount(calls), calls === 1)}, ${h.errors(errors)}`;
  return [
    connected > 0 ? h.connected(connected) : null,
    called,
    median === null || most === null ? null : describeTimes(median, most),
    starts > 0 ? h.starts(starts) : null,
    restarts > 0 ? h.restarts(restarts) : null,
    part.failed_starts > 0 ? h.failedStarts(part.failed_starts) : null,
    last === null ? null : h.lastCall(formatAgo(last, now)),
  ]
    .filter((fact) => fact !== null)
    .join(' · ');
}

function describeTimes(median: number, most: number): string {
  return median === most ? h.took(formatMillis(most)) : h.times(formatMillis(median), formatMillis(most));
}
