import { ExternalLink } from 'lucide-react';
import { useEffect, useState } from 'react';

import { t } from '../../../messages/index.ts';
import { useSessionStore } from '../../../session/session-context.ts';
import { Button } from '../../../ui/button.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import type { OpenWish } from './use-app-frame.ts';

/** A press this soon after the question came was meant for the app above it. */
const GUARD_MS = 600;

/** What an app wants, for a person to decide. */
export function WishBar({ server, open: { wish, answer } }: { server: string; open: OpenWish }) {
  const session = useSessionStore();
  const [isReady, setReady] = useState(false);
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setReady(true), GUARD_MS);
    return () => clearTimeout(timer);
  }, []);
  const busy = !isReady || isSending;
  const words = t.tools.app;
  const send = (text: string) => {
    setSending(true);
    void session.sendMessage(text).then((isSent) => answer(isSent ? 'done' : 'failed'));
  };
  return (
    <div role="alert" className="rounded-sm border border-line bg-surface px-3 py-2">
      <p className="text-sm font-semibold wrap-anywhere">
        <VisibleText text={wish.kind === 'link' ? words.wantsLink(server, wish.host) : words.wantsMessage(server)} />
      </p>
      <div
        className="code-text my-1.5 max-h-48 overflow-auto wrap-anywhere whitespace-pre-wrap text-muted"
        dir={wish.kind === 'link' ? 'ltr' : 'auto'}
        tabIndex={0}
        role="group"
        aria-label={words.content}
      >
        {(wish.kind === 'link' ? wish.url : wish.text).split('\n').map((line, index) => (
          <div key={index} className="min-h-5">
            <VisibleText text={line} />
          </div>
        ))}
      </div>
      <div className="flex flex-wrap gap-2 max-md:[&>*]:flex-1">
        {wish.kind === 'link' ? (
          <a
            href={wish.url}
            target="_blank"
            rel="noopener noreferrer"
            aria-disabled={busy ? true : undefined}
            onClick={(event) => (busy ? event.preventDefault() : answer('done'))}
            className="tap inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-sm border border-transparent bg-accent px-3 font-semibold text-on-accent hover:opacity-90 aria-disabled:cursor-not-allowed aria-disabled:opacity-55"
          >
            <ExternalLink size={15} aria-hidden />
            {words.open}
          </a>
        ) : (
          <Button look="primary" busy={busy} onClick={() => !busy && send(wish.text)}>
            {words.send}
          </Button>
        )}
        <Button busy={busy} onClick={() => !busy && answer('refused')}>
          {words.refuse}
        </Button>
      </div>
    </div>
  );
}
