import { toAppPath } from '../../api/base-path.ts';
import { entrance } from '../../messages/entrance.ts';

/** What is read of the browser's location. */
type Address = Pick<Location, 'pathname' | 'search' | 'hash'>;

const ENTRANCES: readonly string[] = ['/sign-in', '/invite'];

/**
 * Why single sign-on sent the person back (`/sign-in?problem=CODE`, or `/invite`), as a sentence; null without a reason. The code is one
 * of a closed list: a made-up address cannot make the page say anything else.
 */
export function findSignInProblem({ pathname, search }: Address): string | null {
  const code = new URLSearchParams(search).get('problem');
  if (code === null || !ENTRANCES.includes(toAppPath(pathname))) return null;
  const { problems } = entrance.signIn;
  return Object.hasOwn(problems, code) ? problems[code as keyof typeof problems] : problems.failed;
}

/** Removes the reason from the address, so that a reload does not tell it again. */
export function clearSignInProblem({ pathname, search, hash }: Address, history: Pick<History, 'replaceState'>): void {
  const query = new URLSearchParams(search);
  if (!query.has('problem')) return;
  query.delete('problem');
  history.replaceState(null, '', `${pathname}${query.size > 0 ? `?${query}` : ''}${hash}`);
}
