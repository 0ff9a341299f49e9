import { clsx } from 'clsx';
import { ArrowLeft, SquareTerminal } from 'lucide-react';
import { useEffect, useMemo } from 'react';

import { chat } from '../../messages/chat.ts';
import type { Item, ToolItem } from '../../session/items.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { toAnsiLines } from '../tools/ansi-lines.ts';
import { AnsiText } from '../tools/ansi-text.tsx';
import { CommandText } from '../tools/command-text.tsx';
import { readOutput } from '../tools/read-output.ts';
import { ToolStatusMark } from '../tools/tool-status-mark.tsx';
import { readText, toDuration } from '../tools/tool-values.ts';
import { EmptyTab } from './empty-tab.tsx';
import { findLongest, LineBlocks } from './line-blocks.tsx';
import { p } from './messages.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import type { PanelView } from '../../services/panel-route.ts';

export interface OutputTabProps {
  call: string | undefined;
  onView: (view: PanelView) => void;
}

/** The full output of a command, or the list of commands. */
export function OutputTab({ call, onView }: OutputTabProps) {
  const item = useSession((state) => (call === undefined ? undefined : state.view.items.get(call)));
  if (call === undefined) return <CommandList />;
  return item?.kind === 'tool' ? <Output item={item} onBack={() => onView({ tab: 'output' })} /> : <MissingCall />;
}

/** The address may name a call that is older than the loaded events, so this loads older events. */
function MissingCall() {
  const session = useSessionStore();
  const older = useSession((state) => state.older);
  const ready = useSession((state) => state.load.state === 'ready');
  useEffect(() => {
    if (ready && older === 'available') void session.loadOlder();
  }, [session, ready, older]);
  if (ready && (older === 'none' || older === 'failed'))
    return <EmptyTab icon={SquareTerminal} title={p.output.notHere} />;
  return <p className="anim-late px-4 py-3 text-sm text-muted">{p.output.looking}</p>;
}

function Output({ item, onBack }: { item: ToolItem; onBack: () => void }) {
  const { stdout, stderr } = readOutput(item);
  const text = [stdout, stderr].filter((part) => part !== '').join('\n');
  const lines = useMemo(() => toAnsiLines(text), [text]);
  const plain = useMemo(() => lines.map((line) => line.map((span) => span.text).join('')), [lines]);
  const longest = useMemo(() => findLongest(plain), [plain]);
  const duration = toDuration(item);
  return (
    <>
      <div className="flex shrink-0 items-start gap-1 border-b border-line p-1">
        <IconButton size="small" label={p.output.back} onClick={onBack}>
          <ArrowLeft size={15} aria-hidden />
        </IconButton>
        <div className="max-h-40 min-w-0 flex-1 overflow-y-auto pr-2">
          <CommandText command={readText(item.input, 'command')} />
        </div>
      </div>
      {text !== '' ? (
        <LineBlocks count={lines.length} longest={longest} label={chat.tools.output} numbers={false}>
          {(from, to) => <AnsiText lines={lines.slice(from, to)} />}
        </LineBlocks>
      ) : (
        <EmptyTab icon={SquareTerminal} title={item.output === null ? p.output.running : p.output.none} />
      )}
      <div className="flex min-h-8 shrink-0 items-center gap-3 border-t border-line pr-1 pl-4 text-xs text-muted">
        <ToolStatusMark status={item.status} />
        <span className="nums">{chat.tools.lines(text === '' ? 0 : lines.length)}</span>
        {duration !== null && <span className="nums">{formatDuration(duration, true)}</span>}
        <span className="ml-auto">
          <CopyButton text={() => plain.join('\n')} label={p.output.copy} />
        </span>
      </div>
    </>
  );
}

function CommandList() {
  const items = useSession((state) => state.view.items);
  const commands = useMemo(() => findCommands(items.values()), [items]);
  if (commands.length === 0) {
    return <EmptyTab icon={SquareTerminal} title={p.output.empty} help={p.output.emptyHelp} />;
  }
  return (
    <ul aria-label={p.output.list} className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1">
      {commands.map((item) => (
        <li key={item.id}>
          <PanelLink
            view={{ tab: 'output', call: item.id }}
            className="tap flex min-h-8 items-center gap-2 rounded-sm px-3 py-1.5 outline-offset-[-2px] hover:bg-hover"
          >
            <span className={clsx('code-text min-w-0 flex-1 truncate')}>{readText(item.input, 'command')}</span>
            <ToolStatusMark status={item.status} />
          </PanelLink>
        </li>
      ))}
    </ul>
  );
}

/** The commands, newest first. A command that was denied or still waits for approval has not run, and is left out. */
function findCommands(items: Iterable<Item>): ToolItem[] {
  return [...items]
    .filter((item): item is ToolItem => item.kind === 'tool' && item.name === 'Bash' && item.server === null)
    .filter(({ status }) => status !== 'denied' && status !== 'asking')
    .toReversed();
}
