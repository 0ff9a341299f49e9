import type { PermissionMode } from '@claude-sdk-pattern/protocol';
import { createId } from '@claude-sdk-pattern/protocol/ids';
import { FolderGit2 } from 'lucide-react';
import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import { useLocation } from 'wouter';

import { useConnection, useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { useShell } from '../../services/shell-context.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { toProblem } from '../../session/problem.ts';
import type { OutgoingMessage, SendState } from '../../session/session-state.ts';
import { Composer, type ComposerHandle } from '../composer/composer.tsx';
import { ModeMenu } from '../composer/mode-menu.tsx';
import { ModelMenu } from '../composer/model-menu.tsx';
import { SendingMessage } from '../composer/sending-message.tsx';
import { usePluginCommands } from '../composer/use-plugin-commands.ts';
import { submitDraft } from '../composer/submit-draft.ts';
import { DemoNote } from './demo-note.tsx';
import { FolderButton, FolderFields, toFolderResources, type ChosenFolder } from './folder-fields.tsx';
import { NO_REPOSITORY, toResources, type WrittenRepository } from './written-repository.ts';
import { UnconfinedNote } from './unconfined-note.tsx';

/** Few sessions need it. */
const RepositoryFields = lazy(() =>
  import('./repository-fields.tsx').then((module) => ({ default: module.RepositoryFields })),
);

const NEW = 'new';

/** The page where a session begins: the composer and three example prompts. */
export function HomePage() {
  const services = useServices();
  const { api, bootstrap, client, drafts, draftFiles, sessions } = services;
  const { drawerButton, phone } = useShell();
  const [, navigate] = useLocation();
  const [model, setModel] = useState(bootstrap.models[0]?.id ?? 'default');
  const [mode, setMode] = useState<PermissionMode>(bootstrap.permission_modes[0] ?? 'default');
  const [send, setSend] = useState<SendState>({ state: 'none' });
  const [repository, setRepository] = useState<WrittenRepository>();
  const [folder, setFolder] = useState<ChosenFolder>();
  // Where they cannot be listed, sessions begin without one as well.
  const granted = useLoaded(useCallback(() => api.folders.listRoots(), [api])).value?.data ?? [];
  const roots = granted.filter(
    ({ problem, roles }) => problem === null && roles.some((role) => role === bootstrap.user.role),
  );
  const [firstRoot] = roots;
  const live = useConnection((connection) => connection.state === 'live');
  const source = usePluginCommands();
  const composer = useRef<ComposerHandle>(null);

  async function start(message: OutgoingMessage): Promise<void> {
    const content = JSON.stringify(message);
    // A retry sends the same id, so that the server creates only one session.
    const frameId = send.state === 'failed' ? send.frameId : createId('req');
    setSend({ state: 'sending', content, frameId, message, afterSeq: 0 });
    drafts.hold(NEW);
    try {
      const params = { model, permission_mode: mode, ...toResources(repository), ...toFolderResources(folder) };
      const [{ session }, { createSessionStore }] = await Promise.all([
        client.createSession(params, { id: frameId }),
        import('../../session/session-store.ts'),
      ]);
      sessions.note(session);
      const since = drafts.get(NEW);
      drafts.set(session.id, message.text);
      drafts.release(NEW);
      drafts.set(NEW, '');
      draftFiles.move(NEW, session.id);
      void submitDraft(services.getSession(session.id, createSessionStore), services, message, true);
      drafts.set(session.id, since);
      navigate(`/sessions/${session.id}`);
    } catch (error) {
      drafts.putBack(NEW);
      setSend({ state: 'failed', content, frameId, problem: toProblem(error) });
    }
  }

  return (
    <div className="flex h-full flex-col overflow-y-auto">
      <div className="flex h-12 shrink-0 items-center px-2">{drawerButton}</div>
      <div className="mx-auto my-auto w-full max-w-[792px] px-4 pb-[max(10vh,env(safe-area-inset-bottom))]">
        <h1 className="mb-6 text-center text-2xl font-semibold">{t.home.title}</h1>
        {bootstrap.demo && <DemoNote />}
        {bootstrap.unconfined !== null && <UnconfinedNote reason={bootstrap.unconfined} />}
        {send.state === 'sending' && <SendingMessage message={send.message} />}
        <Composer
          ref={composer}
          draftKey={NEW}
          send={send}
          onSend={(message) => void start(message)}
          sendLabel={t.composer.send}
          offline={!live}
          placeholder={t.composer.placeholder}
          earlier={[]}
          autoFocus={!phone}
          {...(source && { source })}
        >
          <ModelMenu model={model} onChoose={setModel} />
          <ModeMenu mode={mode} onChoose={setMode} />
        </Composer>
        <div
          className={repository === undefined && folder === undefined ? 'mt-2 flex flex-wrap justify-center gap-1' : ''}
        >
          {repository === undefined && folder === undefined && (
            <Button look="quiet" onClick={() => setRepository(NO_REPOSITORY)}>
              <FolderGit2 aria-hidden className="size-4" />
              {t.repository.start}
            </Button>
          )}
          {repository && (
            <Suspense fallback={null}>
              <RepositoryFields written={repository} onWrite={setRepository} />
            </Suspense>
          )}
          {repository === undefined && folder === undefined && firstRoot !== undefined && (
            <FolderButton
              onPress={() => setFolder({ root: firstRoot, path: '', mode: firstRoot.modes[0] ?? 'copy' })}
            />
          )}
          {folder !== undefined && <FolderFields roots={roots} chosen={folder} onChoose={setFolder} />}
        </div>
        <ul aria-label={t.home.examplesLabel} className="mt-6 grid gap-2 md:grid-cols-3">
          {t.home.examples.map((example) => (
            <li key={example.title} className="flex">
              <button
                type="button"
                onClick={() => {
                  drafts.set(NEW, example.prompt);
                  composer.current?.focus();
                }}
                className="tap flex flex-1 flex-col justify-start rounded-md border border-line p-3 text-left transition-colors duration-120 hover:border-control hover:bg-hover"
              >
                <span className="block font-semibold">{example.title}</span>
                <span className="mt-0.5 line-clamp-3 block text-sm text-muted">{example.prompt}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
