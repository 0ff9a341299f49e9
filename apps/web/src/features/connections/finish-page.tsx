import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';

import type { McpSignInAnswer } from '../../api/mcp-sign-in-api.ts';
import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';

/** Where authorization servers lead back to. Hands their answer to the server, and goes on to where the person began. */
export function FinishPage({ issuerKey }: { issuerKey: string }) {
  const { api, announcer } = useServices();
  const { drawerButton } = useShell();
  const [, navigate] = useLocation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const answer = useRef<McpSignInAnswer | null>(null);
  const isBegun = useRef(false);
  answer.current ??= readAnswer(location.search, issuerKey);

  useEffect(() => {
    if (answer.current === null || isBegun.current) return;
    isBegun.current = true;
    // The code is good once, and belongs into no history.
    history.replaceState(null, '', location.pathname);
    api.mcpSignIns.finish(answer.current).then(
      ({ sign_in: signIn, return_to: returnTo }) => {
        announcer.say(t.signedIn);
        navigate(returnTo === '/' && signIn.scope === 'user' ? '/settings' : returnTo, { replace: true });
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api, announcer, navigate]);

  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-12 items-center gap-2 border-b border-line px-2 md:px-4">
        {drawerButton}
        <h1 className="font-semibold">{t.title}</h1>
      </header>
      <div className="mx-auto flex w-full max-w-[680px] flex-col gap-4 px-4 py-6">
        {problem !== null && <Trouble text={t.finishFailed} problem={problem} />}
        {problem === null && <p role="status">{answer.current === null ? t.finishNothing : t.finishing}</p>}
        {(problem !== null || answer.current === null) && (
          <Link
            href="/settings"
            className="tap inline-flex w-fit items-center text-accent underline underline-offset-3"
          >
            {t.title}
          </Link>
        )}
      </div>
    </div>
  );
}

function readAnswer(search: string, issuerKey: string): McpSignInAnswer | null {
  const query = new URLSearchParams(search);
  const state = query.get('state');
  if (state === null) return null;
  const answer: McpSignInAnswer = { issuer_key: issuerKey, state };
  for (const name of ['code', 'error', 'iss'] as const) {
    const value = query.get(name);
    if (value !== null) answer[name] = value;
  }
  return answer;
}
