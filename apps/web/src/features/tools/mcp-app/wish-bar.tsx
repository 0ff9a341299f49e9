import { ExternalLink } from 'lucide-react';
import { useEffect, useState } from 'react';

import { chat } from '../../../messages/chat.ts';
import { useSessionStore } from '../../../session/session-context.ts';
import { Button } from '../../../ui/button.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import type { AppWish } from './app-messages.ts';
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
  const words = chat.tools.app;
  const send = (text: string) => {
    setSending(true);
    void session.sendMessage(text).then((isSent) => answer(isSent ? 'done' : 'failed'));
  };
  return (
    <div role="alert" className="rounded-sm border border-line bg-surface px-3 py-2">
      <p className="text-sm font-semibold wrap-anywhere">
        <VisibleText text={toTitle(server, wish)} />
      </p>
      <div
        className="code-text my-1.5 max-h-48 overflow-auto wrap-anywhere whitespace-pre-wrap text-muted"
        dir={wish.kind === 'message' ? 'auto' : 'ltr'}
        tabIndex={0}
        role="group"
        aria-label={words.content}
      >
        {toContent(wish)
          .split('\n')
          .map((line, index) => (
            <div key={index} className="min-h-5">
              <VisibleText text={line} />
            </div>
          ))}
      </div>
      {isAsked(wish) && (
        <p className="mb-1.5 text-sm wrap-anywhere text-muted">
          <VisibleText text={words.because(wish.reason, wish.kind === 'call' && wish.mayAllowTool)} />
        </p>
      )}
      <div className="flex flex-wrap gap-2 max-md:[&>*]:flex-auto">
        {isAsked(wish) && (
          <Button look="primary" busy={busy} onClick={() => !busy && answer('done')}>
            {words.allowOnce}
          </Button>
        )}
        {wish.kind === 'call' && wish.mayAllowTool && (
          <Button busy={busy} onClick={() => !busy && answer('always')}>
            {words.allowAlways}
          </Button>
        )}
        {wish.kind === 'link' && (
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
        )}
        {wish.kind === 'message' && (
          <Button look="primary" busy={busy} onClick={() => !busy && send(wish.text)}>
            {words.send}
          </Button>
        )}
        <Button busy={busy} onClick={() => !busy && answer('refused')}>
          {isAsked(wish) ? words.deny : words.refuse}
        </Button>
      </div>
    </div>
  );
}

/** What the server does only when a person has allowed it. */
function isAsked(wish: AppWish): wish is Extract<AppWish, { reason: string }> {
  return wish.kind === 'call' || wish.kind === 'read';
}

function toTitle(server: string, wish: AppWish): string {
  const words = chat.tools.app;
  switch (wish.kind) {
    case 'link':
      return words.wantsLink(server, wish.host);
    case 'message':
      return words.wantsMessage(server);
    case 'call':
      return words.wantsCall(server, wish.tool);
    case 'read':
      return words.wantsRead(server);
  }
}

function toContent(wish: AppWish): string {
  switch (wish.kind) {
    case 'link':
      return wish.url;
    case 'message':
      return wish.text;
    case 'read':
      return wish.uri;
    case 'call':
      return Object.keys(wish.input).length === 0 ? chat.tools.app.noInput : JSON.stringify(wish.input, null, 2);
  }
}
