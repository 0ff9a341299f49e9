import type { McpToolResource, SessionMcpServerResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronRight, Plug, RefreshCw } from 'lucide-react';
import { useId, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { useNow } from '../../ui/use-now.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { s } from '../servers/messages.ts';
import { ServerState } from '../servers/server-state.tsx';
import { ToolFacts } from '../servers/tool-facts.tsx';
import { PluginMark } from '../tools/plugin-mark.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { p } from './messages.ts';
import { useSessionServers } from './use-session-servers.ts';

/** The most tools of a server that are listed. */
const MAX_LISTED = 200;

/** The MCP servers of the session: how each is, its tools, and a button that connects it anew. */
export function ServersTab() {
  const { list, problem, reload, reconnect } = useSessionServers();
  if (list === null && problem === null) return null;
  if (list?.length === 0) return <EmptyTab icon={Plug} title={p.servers.empty} help={p.servers.emptyHelp} />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
      {problem !== null && (
        <div className="p-3">
          <Trouble text={p.servers.failed} problem={problem} onRetry={reload} />
        </div>
      )}
      {list?.every(({ state }) => state === 'idle') === true && (
        <p className="px-4 pt-3 text-sm text-muted">{p.servers.idleHelp}</p>
      )}
      <ul className="divide-y divide-line">
        {list?.map((server) => (
          <Server key={server.name} server={server} onReconnect={reconnect} />
        ))}
      </ul>
    </div>
  );
}

interface ServerProps {
  server: SessionMcpServerResource;
  onReconnect: (server: string) => Promise<void>;
}

function Server({ server, onReconnect }: ServerProps) {
  const { announcer } = useServices();
  const mayDrive = useMayDrive();
  const [busy, setBusy] = useState(false);
  const { name, plugin, state, problem, tools, transport } = server;
  const reconnect = async () => {
    if (busy) return;
    setBusy(true);
    announcer.say(s.reconnecting(name));
    await onReconnect(name);
    setBusy(false);
  };
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="min-w-0 font-semibold wrap-anywhere">
          <VisibleText text={name} />
        </h3>
        <ServerState state={state} />
        {mayDrive && state !== 'idle' && (
          <Button
            size="small"
            className="ml-auto"
            busy={busy}
            aria-label={s.reconnectOf(name)}
            onClick={() => void reconnect()}
          >
            <RefreshCw size={13} aria-hidden />
            {s.reconnect}
          </Button>
        )}
      </div>
      <p className="mt-0.5 flex items-center gap-3 text-sm text-muted">
        {s.transports[transport]}
        {plugin !== null && <PluginMark plugin={plugin} />}
      </p>
      {problem !== null && (
        <p className="mt-1 text-sm wrap-anywhere">
          <VisibleText text={problem} /> <NextTry server={server} />
        </p>
      )}
      {tools.length > 0 ? <ToolList tools={tools} /> : state === 'ready' && <p className="mt-1 text-sm">{s.noTools}</p>}
    </li>
  );
}

function NextTry({ server: { state, retry_at: at } }: { server: SessionMcpServerResource }) {
  const now = useNow(1000, at !== null);
  if (state !== 'failed') return null;
  if (at === null) return null;
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  return <span className="nums text-muted">{seconds > 0 ? s.retryIn(seconds) : s.retriesNow}</span>;
}

function ToolList({ tools }: { tools: readonly McpToolResource[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="mt-1">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="tap -ml-1 flex min-h-7 items-center gap-1.5 rounded-sm px-1 text-sm font-semibold hover:bg-hover"
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={clsx('text-muted transition-transform duration-120', open && 'rotate-90')}
        />
        {s.tools(tools.length)}
      </button>
      {open && (
        <ul id={id} className="mt-1 flex flex-col gap-3 border-l border-line pl-3">
          {tools.slice(0, MAX_LISTED).map((tool) => (
            <li key={tool.name}>
              <code className="font-mono text-sm font-semibold wrap-anywhere">
                <VisibleText text={tool.name} />
              </code>
              <ToolFacts tool={tool} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
