import { lazy, Suspense, useContext } from 'react';

import { useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import type { UserItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { LongText } from '../../ui/long-text.tsx';
import { AttachmentView } from '../attachments/attachment-view.tsx';
import { MessageText } from '../panel/message-text.tsx';
import { Fold } from '../../ui/fold.tsx';
import { BranchSwitch } from './branch-switch.tsx';
import { PlaceContext } from './place-context.ts';
import { MessageActions } from './message-actions.tsx';

const EditMessage = lazy(() => import('./edit-message.tsx').then((module) => ({ default: module.EditMessage })));

const FOLD_LINES = 16;

/** A person's message: an article whose heading opens the turn. */
export function UserRow({ item, turnNumber }: { item: UserItem; turnNumber: number | null }) {
  const { bootstrap } = useServices();
  const other = item.actor !== null && item.actor.id !== bootstrap.user.id ? item.actor.name : null;
  const who = other ?? chat.transcript.you;
  const isEdited = useSession((state) => state.editing === item.id);
  const { letGo } = useContext(PlaceContext);
  return (
    <article aria-labelledby={`turn-${item.id}`} className="group/user flex flex-col items-end pt-3 pb-4">
      <h2 id={`turn-${item.id}`} className="sr-only">
        {chat.transcript.turnHeading(turnNumber, who)}
      </h2>
      {other !== null && (
        <p aria-hidden className="mb-1 px-1 text-xs text-muted">
          {other}
        </p>
      )}
      {isEdited ? (
        <Suspense fallback={null}>
          <EditMessage item={item} />
        </Suspense>
      ) : (
        <div className="flex max-w-[88%] items-end gap-1">
          <MessageActions item={item} />
          <Bubble item={item} />
        </div>
      )}
      <BranchSwitch messageId={item.id} onSwitch={letGo} />
    </article>
  );
}

function Bubble({ item }: { item: UserItem }) {
  return (
    <div className="min-w-0 rounded-lg bg-surface px-4 py-2.5">
      {item.attachments.length > 0 && (
        <div className="mb-2 flex flex-wrap items-start gap-x-2">
          {item.attachments.map((attachment, index) => (
            <AttachmentView key={index} attachment={attachment} />
          ))}
        </div>
      )}
      {item.text !== '' && (
        <Fold foldKey={item.id} lines={item.text.split('\n').length} max={FOLD_LINES}>
          <p dir="auto" className="text-lg wrap-anywhere whitespace-pre-wrap">
            <LongText text={item.text}>{(part) => <MessageText text={part} />}</LongText>
          </p>
        </Fold>
      )}
    </div>
  );
}
