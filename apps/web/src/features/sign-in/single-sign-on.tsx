import { useId, type ReactNode } from 'react';

import { toAppPath } from '../../api/base-path.ts';
import { entrance } from '../../messages/entrance.ts';

const ENTRANCES: readonly string[] = ['/sign-in', '/invite'];
const LOOK =
  'tap flex min-h-10 items-center justify-center rounded-sm border border-control bg-raised px-3 py-1 text-center text-base font-semibold break-words transition-colors duration-120 ease-out select-none hover:bg-hover';

export interface SingleSignOnProps {
  /** Of the provider. */
  name: string;
  /** Where the server sends the browser to the provider. */
  url: string;
  /** Why it failed the last time, and what to do. */
  problem: string | null;
  /** No other way stands below it. */
  isOnly: boolean;
}

/** The button that leaves for the sign-in provider, above the other ways. The person comes back to the same page. */
export function SingleSignOn({ name, url, problem, isOnly }: SingleSignOnProps) {
  const { search } = location;
  const pathname = toAppPath(location.pathname);
  const returnTo = ENTRANCES.includes(pathname) ? '/' : `${pathname}${search}`;
  return (
    <Frame problem={problem} isOnly={isOnly}>
      {(problemId) => (
        <a href={`${url}?return_to=${encodeURIComponent(returnTo)}`} aria-describedby={problemId} className={LOOK}>
          {entrance.signIn.continueWith(name)}
        </a>
      )}
    </Frame>
  );
}

export interface InvitationSignOnProps {
  /** Of the provider. */
  name: string;
  /** Whom the invitation is for. */
  email: string;
  problem: string | null;
  busy: boolean;
  isOnly: boolean;
  onLeave: () => void;
}

/** The button with which an invited person accepts at the sign-in provider. */
export function InvitationSignOn({ name, email, problem, busy, isOnly, onLeave }: InvitationSignOnProps) {
  return (
    <Frame problem={problem} isOnly={isOnly}>
      {(problemId) => (
        <div className="flex flex-col gap-1">
          <button
            type="button"
            aria-disabled={busy || undefined}
            aria-describedby={problemId}
            onClick={() => busy || onLeave()}
            className={`${LOOK} aria-disabled:opacity-55`}
          >
            {entrance.signIn.continueWith(name)}
          </button>
          <p className="text-sm wrap-anywhere text-muted">{entrance.invite.signOnAs(email)}</p>
        </div>
      )}
    </Frame>
  );
}

/** What the person reads when single sign-on has failed. */
export function SignOnProblem({ id, problem }: { id?: string; problem: string }) {
  return (
    <p id={id} role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
      {problem}
    </p>
  );
}

/** The problem stands right above the button that caused it and that tries again. */
function Frame(props: {
  problem: string | null;
  isOnly: boolean;
  children: (problemId: string | undefined) => ReactNode;
}) {
  const id = useId();
  return (
    <div className={`flex flex-col gap-4 ${props.isOnly ? 'not-last:mb-3' : 'mb-4'}`}>
      {props.problem !== null && <SignOnProblem id={id} problem={props.problem} />}
      {props.children(props.problem === null ? undefined : id)}
      {!props.isOnly && (
        <p className="flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
          {entrance.signIn.or}
        </p>
      )}
    </div>
  );
}
