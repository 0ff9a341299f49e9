import { AppWindow } from 'lucide-react';
import { useEffect, useState } from 'react';

import { useMayWrite } from '../../../services/session-level.ts';
import { useServices } from '../../../services/services.ts';
import { chat } from '../../../messages/chat.ts';
import type { McpApp, ToolItem } from '../../../session/items.ts';
import { useSession } from '../../../session/session-context.ts';
import { Button } from '../../../ui/button.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import { neverAnswered } from './app-guard.ts';
import { RunningBar } from './running-bar.tsx';
import { useAppFrame, type AppFrameOptions } from './use-app-frame.ts';
import { WishBar } from './wish-bar.tsx';

/** The app of an MCP tool, in a frame that reaches nothing of this page; or why it is not there. */
export function McpAppView({ item, app }: { item: ToolItem; app: McpApp }) {
  const { api, bootstrap } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [round, setRound] = useState(0);
  const [waits, setWaits] = useState(() => neverAnswered(item.id));
  const [isGone, setGone] = useState(false);
  const { digest } = app;
  useEffect(() => {
    if (digest === null) return undefined;
    let isCurrent = true;
    // A frame does not tell why it stays empty.
    api.hasMcpApp(sessionId, digest).then(
      (has) => isCurrent && setGone(!has),
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [api, sessionId, digest, round]);
  const words = chat.tools.app;
  const isOff = bootstrap.mcp_apps === 'off';
  if (isOff || digest === null || isGone) {
    const why = isOff ? words.off : isGone ? words.gone : words.missing(app.problem ?? words.unknown);
    return (
      <p className="text-sm wrap-anywhere text-muted">
        <VisibleText text={why} />
      </p>
    );
  }
  const again = () => {
    setWaits(false);
    setRound(round + 1);
  };
  if (waits) return <Again text={words.neverAnswered} onAgain={again} />;
  return <Frame key={round} item={item} app={app} shown={{ sessionId, digest }} onAgain={again} />;
}

function Again({ text, onAgain }: { text: string; onAgain: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <p role="status" className="min-w-0 text-sm text-muted">
        {text}
      </p>
      <Button size="small" onClick={onAgain}>
        {chat.tools.app.again}
      </Button>
    </div>
  );
}

interface FrameProps extends Omit<AppFrameOptions, 'mayAsk'> {
  onAgain: () => void;
}

function Frame({ item, app, shown, onAgain }: FrameProps) {
  const { api, bootstrap } = useServices();
  const mayAsk = useMayWrite();
  const own = useAppFrame({ item, app, shown, mayAsk });
  const { frame, height, isStill, wish, running, problem, denied, stopped } = own;
  const words = chat.tools.app;
  const server = item.server ?? item.name;
  if (stopped !== null) return <Again text={words.stopped[stopped]} onAgain={onAgain} />;
  return (
    <div className="flex flex-col gap-2">
      <p className="flex items-center gap-1.5 text-xs text-muted">
        <AppWindow size={13} aria-hidden className="shrink-0" />
        <span className="min-w-0 wrap-anywhere">
          <VisibleText text={words.from(server)} />
        </span>
      </p>
      <div className="relative" style={{ height, maxHeight: '70dvh' }}>
        {/* Not rendered while a question is open: a rendered frame can scroll the page around it. */}
        <div className="h-full" style={{ contentVisibility: isStill ? 'hidden' : 'visible' }}>
          {/* `allow-scripts` alone: an origin of its own without storage, no forms, windows, downloads or ways out. */}
          <iframe
            ref={frame}
            src={api.toMcpAppPath(shown.sessionId, shown.digest)}
            sandbox="allow-scripts"
            allow=""
            referrerPolicy="no-referrer"
            title={words.title(server)}
            onLoad={own.onLoad}
            className="block h-full w-full rounded-sm border border-line"
          />
        </div>
        {isStill && (
          <p className="absolute inset-0 grid place-content-center rounded-sm border border-line bg-surface p-3 text-center text-sm text-muted">
            {wish === null ? words.standsStill : words.waits}
          </p>
        )}
      </div>
      {wish !== null && <WishBar server={server} open={wish} />}
      {running !== null && <RunningBar running={running} isStill={isStill} />}
      {problem !== null && (
        <p role="status" className="text-sm wrap-anywhere text-muted">
          <VisibleText text={words.problem(problem)} />
        </p>
      )}
      {denied.length > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <p role="status" className="min-w-0 text-sm wrap-anywhere text-muted">
            <VisibleText text={words.denied(denied.join(', '))} />
          </p>
          <Button size="small" onClick={own.askAgain}>
            {words.askAgain}
          </Button>
        </div>
      )}
      {app.isCut && <p className="text-sm text-muted">{words.cut}</p>}
      {app.origins.length > 0 && bootstrap.mcp_apps === 'isolated' && (
        <p className="text-sm wrap-anywhere text-muted">
          <VisibleText text={words.isolated(app.origins.join(', '))} />
        </p>
      )}
    </div>
  );
}
