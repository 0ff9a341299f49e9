import type { TerminalResource } from '@claude-sdk-pattern/protocol';
import { useEffect, useRef, useState } from 'react';

import { usePreferences, useServices } from '../../services/services.ts';
import { createScreen, type Screen } from './create-screen.ts';
import { m } from './messages.ts';
import { openTerminalConnection, type TerminalConnection, type TerminalState } from './terminal-connection.ts';
import { TouchKeys } from './touch-keys.tsx';

interface TerminalScreenProps {
  terminal: TerminalResource;
  name: string;
  onTitle: (title: string) => void;
  onLeave: () => void;
  onEnded: () => void;
}

/** One terminal: its screen, how its connection is, and keys for those who have none. */
export function TerminalScreen({ terminal, name, ...handlers }: TerminalScreenProps) {
  const { api } = useServices();
  const reader = usePreferences((state) => state.terminalReader);
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | null>(null);
  const connection = useRef<TerminalConnection | null>(null);
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  const [state, setState] = useState<TerminalState>({ state: 'connecting' });
  const { id, session_id: sessionId } = terminal;

  useEffect(() => {
    if (box.current === null) return;
    /** What is drawn now was seen before: programs that asked the screen then have their answer. */
    let isReplaying = true;
    const drawn = createScreen(box.current, {
      label: m.screen(name),
      reader,
      onType: (data) => {
        if (!isReplaying) connection.current?.type(data);
      },
      onResize: (size) => connection.current?.resize(size),
      onTitle: (title) => latest.current.onTitle(title),
      onLeave: () => latest.current.onLeave(),
    });
    const opened = openTerminalConnection({
      toUrl: (after) => api.terminals.toSocketUrl(sessionId, id, after),
      isThere: async () => (await api.terminals.list(sessionId)).data.some((each) => each.id === id),
      onBytes(data, isNew, done) {
        drawn.write(data, () => {
          done();
          if (isNew) isReplaying = false;
        });
      },
      onReset: () => drawn.clear(),
      onState(next) {
        setState(next);
        if (next.state === 'ended') latest.current.onEnded();
      },
    });
    screen.current = drawn;
    connection.current = opened;
    drawn.focus();
    // A shell that waits says nothing new before somebody types.
    const typing = () => (isReplaying = false);
    const element = box.current;
    element.addEventListener('keydown', typing, true);
    element.addEventListener('paste', typing, true);
    return () => {
      element.removeEventListener('keydown', typing, true);
      element.removeEventListener('paste', typing, true);
      opened.close();
      drawn.dispose();
    };
    // The name is a part of a label alone, and the reader is set below.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [api, id, sessionId]);
  useEffect(() => {
    screen.current?.setReader(reader);
  }, [reader]);

  const text = describe(state);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={box} className="min-h-0 flex-1 overflow-hidden bg-bg px-2 pt-2" />
      <p role="status" className={text === '' ? 'sr-only' : 'border-t border-line px-3 py-2 text-sm'}>
        {text}
      </p>
      <TouchKeys
        onKey={(data) => {
          connection.current?.type(new TextEncoder().encode(data));
          screen.current?.focus();
        }}
      />
    </div>
  );
}

function describe(state: TerminalState): string {
  switch (state.state) {
    case 'open':
      return '';
    case 'ended':
      return m.ended(state.end);
    default:
      return m[state.state];
  }
}
