import { useContext, useEffect, useRef, useState } from 'react';

import { Button } from '../ui/button.tsx';
import { useFocusGuard } from '../ui/use-focus-guard.ts';
import { PreviewContext, type PreviewHost } from './preview-context.ts';
import { v } from './preview-messages.ts';

/** What the empty page in a frame is given. */
export interface PreviewContent {
  html: string;
  /** Run behind the HTML, one after the other. */
  scripts: readonly string[];
}

export interface PreviewFrameProps {
  /** Another one needs another `key`. */
  content: PreviewContent;
  title: string;
  scheme: 'light' | 'dark';
  /** Hears of what the frame posts. Whatever is in it can post anything. */
  onMessage?: (data: unknown) => void;
}

/** The frame of a preview, as high as what is around it. It reaches nothing of this page and no other page, and loads nothing. */
export function PreviewFrame(props: PreviewFrameProps) {
  const host = useContext(PreviewContext);
  const [round, setRound] = useState(0);
  const [left, setLeft] = useState(false);
  if (host === null) return null;
  if (left) {
    const again = () => {
      setRound(round + 1);
      setLeft(false);
    };
    return (
      <div className="flex h-full flex-wrap content-center items-center justify-center gap-2 p-3 text-sm text-muted">
        <p role="status">{v.left}</p>
        <Button size="small" onClick={again}>
          {v.again}
        </Button>
      </div>
    );
  }
  return <Frame key={round} {...props} host={host} onLeave={() => setLeft(true)} />;
}

const WHITE = '#fff';
/** Of the empty page, and of what was written into it. One more is of a page to which the frame led itself. */
const OWN_LOADS = 2;

function Frame(props: PreviewFrameProps & { host: PreviewHost; onLeave: () => void }) {
  const { content, title, scheme, onMessage, host, onLeave } = props;
  const frame = useRef<HTMLIFrameElement>(null);
  const loads = useRef(0);
  const listener = useRef(onMessage);
  useEffect(() => {
    listener.current = onMessage;
  }, [onMessage]);
  useEffect(() => {
    const target = frame.current?.contentWindow;
    const receive = (event: MessageEvent) => {
      if (target != null && event.source === target) listener.current?.(event.data);
    };
    window.addEventListener('message', receive);
    return () => window.removeEventListener('message', receive);
  }, []);
  useFocusGuard(frame, host.isQuestionOpen);
  const onLoad = () => {
    loads.current += 1;
    // Its origin is opaque and cannot be named. Our own policy lets no other page than ours into the frame.
    if (loads.current === 1) frame.current?.contentWindow?.postMessage(content, '*');
    else if (loads.current > OWN_LOADS) onLeave();
  };
  return (
    <div className="relative h-full">
      {/* Not rendered while a question is open: a rendered frame can scroll the page around it. */}
      <div className="h-full" style={{ contentVisibility: host.isStill ? 'hidden' : 'visible' }}>
        {/* `allow-scripts` alone: an origin of its own without storage, no forms, windows, downloads or ways out. */}
        <iframe
          ref={frame}
          src={host.href}
          sandbox="allow-scripts"
          allow=""
          referrerPolicy="no-referrer"
          title={title}
          onLoad={onLoad}
          style={{ colorScheme: scheme, ...(scheme === 'light' && { background: WHITE }) }}
          className="block h-full w-full"
        />
      </div>
      {host.isStill && (
        <p className="absolute inset-0 grid place-content-center bg-surface p-3 text-center text-sm text-muted">
          {v.standsStill}
        </p>
      )}
    </div>
  );
}
