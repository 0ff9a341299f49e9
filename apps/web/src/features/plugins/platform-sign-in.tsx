import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { useCallback } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded, type Loaded } from '../../services/use-loaded.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from '../connections/messages.ts';
import { SignInButton } from '../connections/sign-in-button.tsx';
import { SignInRow } from '../connections/sign-in-row.tsx';
import { useSignOut } from '../connections/use-sign-out.tsx';

/** The platform's sign-ins to servers of a plugin; none for who may not see them. */
export function usePlatformSignIns(plugin: string): Loaded<readonly McpSignInResource[]> {
  const { api, bootstrap } = useServices();
  const mayRead = bootstrap.user.role !== 'user';
  const load = useCallback(async (): Promise<readonly McpSignInResource[]> => {
    if (!mayRead) return [];
    const { data } = await api.mcpSignIns.list();
    return data.filter((each) => each.scope === 'platform' && each.plugin === plugin);
  }, [api, mayRead, plugin]);
  return useLoaded(load);
}

/** The sign-in that the platform has to a server of a plugin, with the ways on and out. */
export function KeptSignIn({ signIn, onEnded }: { signIn: McpSignInResource; onEnded: () => void }) {
  const signOut = useSignOut(onEnded);
  return (
    <div className="mt-2 flex flex-col gap-2">
      {signOut.problem !== null && <Trouble text={t.endFailed} problem={signOut.problem} />}
      <ul aria-label={t.ofPlatform} className="rounded-sm border border-line bg-bg">
        <SignInRow signIn={signIn} title={t.ofPlatform} onEnd={() => signOut.ask(signIn)} />
      </ul>
      {signOut.dialog}
    </div>
  );
}

/** The way to a sign-in of the platform, where a server of a plugin wants one. */
export function PlatformSignInButton({ plugin, server }: { plugin: string; server: string }) {
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm text-muted">{t.ofPlatformHelp}</p>
      <SignInButton server={{ plugin, server }} scope="platform" label={t.signInForPlatform(server)} look="primary" />
    </div>
  );
}
