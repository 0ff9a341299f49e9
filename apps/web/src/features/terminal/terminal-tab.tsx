import { clsx } from 'clsx';
import { Plus, SquareTerminal, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { usePreferences, useServices } from '../../services/services.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { m } from './messages.ts';
import { TerminalScreen } from './terminal-screen.tsx';
import { useTerminals } from './use-terminals.ts';

/** The terminals of a session, one of them shown. The others go on, and are read again when they are shown. */
export function TerminalTab({
  shown,
  onShow,
}: {
  shown: string | undefined;
  onShow: (id: string | undefined) => void;
}) {
  const { list, refusal, failure, reload, open, end } = useTerminals();
  const [titles, setTitles] = useState<ReadonlyMap<string, string>>(new Map());
  const [busy, setBusy] = useState(false);
  const [ending, setEnding] = useState<string | null>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const currentId = (list?.find(({ id }) => id === shown) ?? list?.at(-1))?.id;
  useEffect(() => {
    // Of many, or on a phone, it may be out of sight.
    buttons.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [currentId]);
  if (list === null) return failure && <Failed failure={failure} onRetry={reload} />;

  const current = list.find(({ id }) => id === currentId);
  const nameOf = (id: string) => m.name(list.findIndex((each) => each.id === id) + 1, titles.get(id));
  const openOne = async () => {
    if (busy) return;
    setBusy(true);
    const id = await open();
    setBusy(false);
    if (id !== null) onShow(id);
  };
  const endOne = async (id: string) => {
    setEnding(null);
    await end(id);
    onShow(list.findLast((each) => each.id !== id)?.id);
  };

  if (current === undefined)
    return (
      <>
        {failure && <Failed failure={failure} />}
        <div className="m-auto flex max-w-80 flex-col items-center gap-3 px-4 py-12 text-center">
          <SquareTerminal size={22} aria-hidden className="text-muted" />
          <p className="font-semibold">{m.none}</p>
          <p className="text-sm text-muted">{refusal ?? m.noneHelp}</p>
          {refusal === null && (
            <Button look="primary" busy={busy} onClick={() => void openOne()}>
              {m.open}
            </Button>
          )}
        </div>
      </>
    );
  return (
    <>
      {failure && <Failed failure={failure} />}
      <div className="flex h-11 shrink-0 items-center gap-1 border-b border-line px-2">
        <div ref={buttons} role="group" aria-label={m.list} className="flex min-w-0 gap-1 overflow-x-auto">
          {list.map(({ id }) => (
            <Button
              key={id}
              size="small"
              look="quiet"
              aria-pressed={id === current.id}
              onClick={() => onShow(id)}
              className={clsx('max-w-40', id === current.id ? 'bg-hover' : 'font-normal text-muted')}
            >
              <span className="truncate">
                <VisibleText text={nameOf(id)} />
              </span>
            </Button>
          ))}
        </div>
        <IconButton label={m.openAnother} size="small" aria-disabled={busy || undefined} onClick={() => void openOne()}>
          <Plus size={15} aria-hidden />
        </IconButton>
        <IconButton label={m.end} size="small" className="ml-auto" onClick={() => setEnding(current.id)}>
          <X size={15} aria-hidden />
        </IconButton>
      </div>
      <TerminalScreen
        key={current.id}
        terminal={current}
        name={nameOf(current.id)}
        onTitle={(title) => setTitles((before) => new Map(before).set(current.id, title))}
        onLeave={() => buttons.current?.querySelector<HTMLElement>('[aria-pressed=true]')?.focus()}
        onEnded={() => void reload()}
      />
      <Foot />
      {ending !== null && (
        <ConfirmDialog
          title={m.endTitle(nameOf(ending))}
          help={m.endHelp}
          confirm={m.endConfirm}
          danger
          onClose={() => setEnding(null)}
          onConfirm={() => void endOne(ending)}
        />
      )}
    </>
  );
}

function Foot() {
  const { preferences } = useServices();
  const reader = usePreferences((state) => state.terminalReader);
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 border-t border-line px-3 py-1 text-sm text-muted">
      <p className="pointer-coarse:hidden">{m.leave}</p>
      <Button
        size="small"
        look="quiet"
        aria-pressed={reader}
        title={m.readerHelp}
        className={clsx('ml-auto', reader ? 'bg-hover text-text' : 'font-normal')}
        onClick={() => preferences.setState({ terminalReader: !reader })}
      >
        {m.reader}
      </Button>
    </div>
  );
}

function Failed(props: {
  failure: NonNullable<ReturnType<typeof useTerminals>['failure']>;
  onRetry?: () => Promise<void>;
}) {
  const { failure, onRetry } = props;
  return (
    <div className="p-3">
      <Trouble {...failure} onRetry={onRetry && (() => void onRetry())} />
    </div>
  );
}
