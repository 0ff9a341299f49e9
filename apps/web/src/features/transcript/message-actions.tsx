import { Copy, Link, MoreHorizontal, Pencil, RotateCcw, Undo2 } from 'lucide-react';
import { useContext, useState } from 'react';

import { chat } from '../../messages/chat.ts';
import { joinTexts } from '../../services/drafts.ts';
import { focusComposer } from '../../services/focus-composer.ts';
import { toMessageLink } from '../../services/message-link.ts';
import { useServices } from '../../services/services.ts';
import { useMayBranch } from '../../services/use-may-branch.ts';
import type { UserItem } from '../../session/items.ts';
import { toSentFiles } from '../../session/sent-file.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { writeClipboard } from '../../ui/write-clipboard.ts';
import { LazyRewindDialog } from '../panel/lazy-rewind-dialog.tsx';
import type { RewindPart } from '../panel/rewind-dialog.tsx';
import { toEditKey } from './edit-key.ts';
import { b } from './messages.ts';
import { PlaceContext } from './place-context.ts';

const SHOWN =
  'opacity-0 group-focus-within/user:opacity-100 group-hover/user:opacity-100 data-[state=open]:opacity-100';

/** What can be done with a person's message. With a mouse it appears at the message; on a phone there is the menu. */
export function MessageActions({ item }: { item: UserItem }) {
  const { letGo, toBottom } = useContext(PlaceContext);
  const session = useSessionStore();
  const { drafts, draftFiles, fileNames, announcer } = useServices();
  const mayBranch = useMayBranch();
  const isIdle = useSession(({ view, branching }) => view.activity === 'idle' && branching.state !== 'busy');
  const [isRewinding, setRewinding] = useState(false);
  const { sessionId } = session.store.getState();

  const edit = () => {
    const key = toEditKey(sessionId, item.id);
    if (drafts.get(key) === '') drafts.set(key, item.text);
    letGo();
    session.setEditing(item.id);
  };
  const rerun = () => {
    letGo();
    void session.rerun(item.id).then(toBottom);
  };
  const openRewind = () => {
    letGo();
    setRewinding(true);
  };
  const onRewound = (part: RewindPart) => {
    if (part === 'files') return;
    toBottom();
    const files = toSentFiles(item.attachments, fileNames.store.getState());
    draftFiles.restore(sessionId, files);
    drafts.set(sessionId, joinTexts(item.text, drafts.get(sessionId)));
    drafts.setUnsettled(sessionId, { kind: 'rewound', text: item.text, files, messageId: item.id });
    focusComposer();
  };
  const copyLink = async () => {
    await writeClipboard(toMessageLink(sessionId, item.id));
    announcer.say(b.linkCopied);
  };

  return (
    <div className="flex items-center">
      {mayBranch && (
        <IconButton
          id={`edit-${item.id}`}
          size="small"
          label={b.edit}
          className={`${SHOWN} pointer-coarse:hidden`}
          onClick={edit}
        >
          <Pencil size={14} aria-hidden />
        </IconButton>
      )}
      <Menu
        label={b.more}
        align="end"
        renderTrigger={(trigger) => (
          <IconButton size="small" label={b.more} className={`${SHOWN} pointer-coarse:opacity-100`} {...trigger}>
            <MoreHorizontal size={15} aria-hidden />
          </IconButton>
        )}
      >
        {mayBranch && (
          <MenuItem icon={<Pencil size={14} />} onSelect={edit}>
            {b.edit}
          </MenuItem>
        )}
        {mayBranch && isIdle && (
          <MenuItem icon={<RotateCcw size={14} />} onSelect={rerun}>
            {b.rerun}
          </MenuItem>
        )}
        {mayBranch && isIdle && (
          <MenuItem icon={<Undo2 size={14} />} onSelect={openRewind}>
            {b.rewind}
          </MenuItem>
        )}
        <MenuItem icon={<Copy size={14} />} onSelect={() => void writeClipboard(item.text)}>
          {chat.transcript.copyMessage}
        </MenuItem>
        <MenuItem icon={<Link size={14} />} onSelect={() => void copyLink()}>
          {b.copyLink}
        </MenuItem>
      </Menu>
      {isRewinding && <LazyRewindDialog eventId={item.id} onDone={onRewound} onClose={() => setRewinding(false)} />}
    </div>
  );
}
