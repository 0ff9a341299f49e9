import { clsx } from 'clsx';
import { useMemo, useState, type Ref } from 'react';
import { useStore } from 'zustand';

import { useConnection, useServices } from '../../services/services.ts';
import { allows, levelOf, useMayDrive, useShared } from '../../services/session-level.ts';
import { useStatus } from '../../services/use-status.ts';
import { useShell } from '../../services/shell-context.ts';
import { t } from '../../messages/index.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { SendState } from '../../session/session-state.ts';
import type { SessionUpdateParams } from '@claude-sdk-pattern/protocol';
import { Composer, type ComposerHandle } from './composer.tsx';
import { listEarlier } from './list-earlier.ts';
import { describeRule } from '../approvals/describe-rule.ts';
import { ModeMenu } from './mode-menu.tsx';
import { ModelMenu } from './model-menu.tsx';
import { isCommand, parseOwnCommand } from './own-commands.ts';
import { submitDraft } from './submit-draft.ts';
import { useReply } from './use-reply.ts';
import { useSettledText } from './use-settled-text.ts';
import { useClosed } from './use-closed.ts';
import { useStop } from './use-stop.ts';
import { useOwnCommands } from './use-own-commands.ts';
import { useSuggestionSource } from './use-suggestion-source.ts';

/** While an answer is being sent, nothing else is sent. */
const ANSWERING: SendState = {
  state: 'sending',
  content: '',
  frameId: '',
  message: { text: '', files: [] },
  afterSeq: 0,
};

/**
 * The composer of a session.
 *
 * Over 100 lines: what can be done with the draft depends on the same state.
 */
export function SessionComposer({ ref, onSent }: { ref?: Ref<ComposerHandle>; onSent: () => void }) {
  const services = useServices();
  const { phone } = useShell();
  const session = useSessionStore();
  const sessionId = useSession((state) => state.sessionId);
  const view = useSession((state) => state.view);
  const resource = useSession((state) => state.resource);
  const send = useSession((state) => state.send);
  const rules = useSession((state) => state.rules);
  const live = useConnection((connection) => connection.state === 'live');
  const status = useStatus().kind;
  const [refused, setRefused] = useState<string | null>(null);
  useSettledText(sessionId);
  const own = useOwnCommands();
  const source = useSuggestionSource(own.run);
  const { reply: pending, isBeside, noteBegin } = useReply(sessionId);
  // A command is never a reason for a denial: it is queued as a message.
  const isCommanding = useStore(services.drafts.store, () => isCommand(services.drafts.get(sessionId)));
  const reply = isCommanding && pending?.busy !== true ? null : pending;
  const queueHelp = isBeside || (isCommanding && pending !== null) ? t.composer.queueHelp : undefined;
  const notice = refused ?? own.problem;
  const busy = view.activity === 'running' || view.stop?.type === 'requires_action' || view.waitingIds.length > 0;
  const { items, waitingIds } = view;
  const earlier = useMemo(() => listEarlier({ items, waitingIds }), [items, waitingIds]);

  const mayDrive = useMayDrive();
  const stop = useStop(busy && mayDrive, setRefused);

  const revoke = async (ruleId: string) => {
    const problem = await session.revokeRule(ruleId);
    setRefused(problem === null ? null : `${t.composer.takeBackFailed} ${problem.message}`);
  };
  const update = async (changes: SessionUpdateParams) => {
    const problem = await session.update(changes);
    setRefused(problem?.message ?? null);
  };
  const shared = useShared();
  const shareCount = useStore(services.sessions.store, ({ byId }) => byId.get(sessionId)?.share_count ?? 0);
  const mayManage = allows(levelOf({ shared }), 'manage');
  const mode = view.permissionMode ?? resource?.permission_mode ?? 'default';
  const closed = useClosed({
    stop: busy ? stop : undefined,
    askFirst: () => void update({ permission_mode: 'default' }),
  });
  return (
    <>
      {notice !== null && (
        <p role="alert" className="mb-1 px-1 text-sm text-bad">
          {notice}
        </p>
      )}
      <Composer
        ref={ref ?? null}
        draftKey={sessionId}
        send={reply?.busy === true ? ANSWERING : send}
        source={source}
        onSend={(message) => {
          const command = message.files.length === 0 ? parseOwnCommand(message.text) : null;
          if (command !== null) {
            services.drafts.set(sessionId, '');
            own.run(command.name, command.argument);
            return;
          }
          // An answer cannot carry files, so a message with files is queued.
          if (reply !== null && message.files.length === 0) {
            reply.give(message.text);
            return;
          }
          onSent();
          void submitDraft(session, services, message);
        }}
        onTyping={session.noteTyping}
        onBegin={noteBegin}
        onStop={busy ? stop : undefined}
        sendLabel={reply?.label ?? (busy ? t.composer.queue : t.composer.send)}
        sendHelp={reply?.help ?? queueHelp}
        sendShort={reply?.short}
        offline={!live}
        placeholder={reply?.placeholder ?? sayPlaceholder({ busy, asleep: status === 'asleep' })}
        earlier={earlier}
        closedBecause={closed.because}
        {...(closed.reopen !== null && { reopen: closed.reopen })}
        autoFocus={!phone}
      >
        {/* The menus apply to the next message, not to an answer, which needs the space on a phone. */}
        <div className={clsx('contents', reply !== null && 'max-md:hidden')}>
          {mayManage && (
            <ModelMenu
              model={view.model ?? resource?.model ?? 'default'}
              onChoose={(model) => void update({ model })}
            />
          )}
          <ModeMenu
            mode={mode}
            fixedBecause={mayManage ? null : t.sharing.modeFixed(shared?.owner.name ?? '')}
            onChoose={(permission_mode) => void update({ permission_mode })}
            rules={rules}
            describe={describeRule}
            isShared={shared !== undefined || shareCount > 0}
            onRevoke={(ruleId) => void revoke(ruleId)}
          />
        </div>
      </Composer>
    </>
  );
}

function sayPlaceholder({ busy, asleep }: { busy: boolean; asleep: boolean }) {
  if (busy) return t.composer.placeholderWaiting;
  return asleep ? t.composer.placeholderAsleep : t.composer.placeholder;
}
