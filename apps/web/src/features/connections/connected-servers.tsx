import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';
import { SignInRow } from './sign-in-row.tsx';
import { useMcpSignIns } from './use-mcp-sign-ins.ts';
import { useSignOut } from './use-sign-out.tsx';

/** A person's own sign-ins to MCP servers: how each is, and the way out. */
export function ConnectedServers() {
  const { value, problem, reload } = useMcpSignIns();
  const signOut = useSignOut(reload);
  const own = value?.filter(({ scope }) => scope === 'user') ?? null;
  return (
    <div className="flex flex-col">
      <p className="px-4 py-3 text-sm text-muted">{own?.length === 0 ? t.none : t.lead}</p>
      {problem !== null && (
        <div className="mx-4 mb-3">
          <Trouble text={t.failed} problem={problem} onRetry={reload} />
        </div>
      )}
      {signOut.problem !== null && (
        <div className="mx-4 mb-3">
          <Trouble text={t.endFailed} problem={signOut.problem} />
        </div>
      )}
      {own !== null && own.length > 0 && (
        <ul aria-label={t.title} className="border-t border-line">
          {own.map((signIn) => (
            <SignInRow key={signIn.id} signIn={signIn} onEnd={() => signOut.ask(signIn)} />
          ))}
        </ul>
      )}
      {signOut.dialog}
    </div>
  );
}
