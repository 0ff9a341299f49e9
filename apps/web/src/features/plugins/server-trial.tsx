import type { McpServerCheck, McpToolResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { useCallback, useEffect, useId, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { s } from '../servers/messages.ts';
import { ServerState } from '../servers/server-state.tsx';
import { ToolFacts } from '../servers/tool-facts.tsx';
import { FailureView } from './failure-view.tsx';
import { FaultDetails } from './fault-details.tsx';
import { FIELD } from './field-looks.ts';
import { formatMillis } from './format-millis.ts';
import { PlatformSignInButton } from './platform-sign-in.tsx';
import { ToolTrial } from './tool-trial.tsx';
import { toSentence } from './to-sentence.ts';
import { h } from './trial-messages.ts';

/** From so many on, tools can be searched for. */
const MANY_TOOLS = 8;
/** The most that are listed at once. */
const MAX_LISTED = 100;

type Connected = { check: McpServerCheck } | { failure: unknown } | null;

interface ServerTrialProps {
  plugin: string;
  server: string;
  /** Whether to lead to a sign-in where the server wants one; false where that is done beside it. */
  offersSignIn: boolean;
}

/** Connects to an MCP server of a plugin and lists its tools, each with a form that runs it. */
export function ServerTrial({ plugin, server, offersSignIn }: ServerTrialProps) {
  const { api } = useServices();
  const [connected, setConnected] = useState<Connected>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    const put = (next: Connected) => !ending.signal.aborted && setConnected(next);
    api.mcpServers.connect(plugin, server, ending.signal).then(
      (check) => put({ check }),
      (failure: unknown) => put({ failure }),
    );
    return () => ending.abort();
  }, [api, plugin, server, tries]);
  const again = useCallback(() => {
    setConnected(null);
    setTries((count) => count + 1);
  }, []);
  if (connected === null)
    return (
      <div className="mt-3" role="status">
        <ServerState state="connecting" />
      </div>
    );
  return (
    <div className="mt-3 flex flex-col gap-3">
      {'check' in connected ? (
        <Checked {...{ plugin, server, offersSignIn }} check={connected.check} />
      ) : (
        <FailureView error={connected.failure} />
      )}
      <Button size="small" className="self-start" onClick={again}>
        {h.again}
      </Button>
    </div>
  );
}

function Checked({ plugin, server, offersSignIn, check }: ServerTrialProps & { check: McpServerCheck }) {
  const { state, problem, remedy, output, connect_ms: ms, server_info: info, remarks, instructions, tools } = check;
  const facts = [
    state === 'ready' ? h.connectedIn(formatMillis(ms)) : h.notConnected,
    info === null ? null : h.says(info.name, info.version),
    state === 'ready' ? s.tools(tools.length) : null,
  ];
  return (
    <>
      <div>
        <div className="flex flex-wrap items-center gap-x-3">
          <ServerState state={state} />
          <p className="nums text-sm wrap-anywhere text-muted">
            <VisibleText text={facts.filter((fact) => fact !== null).join(' · ')} />
          </p>
        </div>
        {[...(problem === null ? [] : [toSentence(problem)]), ...remarks].map((text) => (
          <p key={text} className="mt-1 text-sm wrap-anywhere">
            <VisibleText text={text} />
          </p>
        ))}
        <FaultDetails {...{ remedy, output }} />
      </div>
      {state === 'needs_sign_in' && offersSignIn && <PlatformSignInButton {...{ plugin, server }} />}
      {instructions !== null && (
        <details className="text-sm">
          <summary className="tap cursor-pointer text-muted">{h.instructions}</summary>
          <p className="mt-1 max-h-60 overflow-y-auto wrap-anywhere whitespace-pre-wrap" tabIndex={0}>
            <VisibleText text={instructions} />
          </p>
        </details>
      )}
      {state === 'ready' && <ToolTrials {...{ plugin, server, tools }} />}
    </>
  );
}

function ToolTrials({ plugin, server, tools }: { plugin: string; server: string; tools: readonly McpToolResource[] }) {
  const [query, setQuery] = useState('');
  const wanted = query.trim().toLowerCase();
  const found = tools.filter(({ name, description }) => `${name} ${description ?? ''}`.toLowerCase().includes(wanted));
  if (tools.length === 0) return <p className="text-sm text-muted">{s.noTools}</p>;
  return (
    <>
      {tools.length >= MANY_TOOLS && (
        <input
          type="search"
          value={query}
          aria-label={s.find}
          placeholder={s.find}
          autoComplete="off"
          onChange={(event) => setQuery(event.target.value)}
          className={FIELD}
        />
      )}
      {found.length === 0 && <p className="text-sm text-muted">{s.noMatches(query)}</p>}
      <ul className="flex flex-col gap-1.5 empty:hidden">
        {found.slice(0, MAX_LISTED).map((tool) => (
          <ToolRow key={tool.name} {...{ plugin, server, tool }} />
        ))}
      </ul>
    </>
  );
}

function ToolRow({ plugin, server, tool }: { plugin: string; server: string; tool: McpToolResource }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { name, title, description } = tool;
  return (
    <li className="rounded-sm border border-line bg-bg">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="tap flex min-h-9 w-full items-center gap-2 rounded-sm px-3 py-1.5 text-left hover:bg-hover"
      >
        <code className="max-w-[60%] shrink-0 truncate font-mono text-sm font-semibold">
          <VisibleText text={name} />
        </code>
        {!open && (
          <span className="min-w-0 truncate text-sm text-muted">
            <VisibleText text={title ?? description ?? ''} />
          </span>
        )}
        <ChevronRight
          size={14}
          aria-hidden
          className={clsx('ml-auto shrink-0 text-muted transition-transform duration-120', open && 'rotate-90')}
        />
      </button>
      {open && (
        <div id={id} className="flex flex-col gap-4 border-t border-line px-3 py-3">
          <ToolFacts tool={tool} />
          <ToolTrial {...{ plugin, server, tool }} />
        </div>
      )}
    </li>
  );
}
