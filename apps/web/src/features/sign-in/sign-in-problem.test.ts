import { expect, it } from 'vitest';

import { entrance } from '../../messages/entrance.ts';
import { clearSignInProblem, findSignInProblem } from './sign-in-problem.ts';

const at = (search: string, pathname = '/sign-in') => ({ pathname, search, hash: '' });

it('says why single sign-on failed, and never a text of the address', () => {
  for (const page of ['/sign-in', '/invite'])
    expect(findSignInProblem(at('?problem=locked', page))).toBe(entrance.signIn.problems.locked);
  for (const code of ['<b>You won</b>', 'toString', ''])
    expect(findSignInProblem(at(`?problem=${encodeURIComponent(code)}`))).toBe(entrance.signIn.problems.failed);
  expect(findSignInProblem(at(''))).toBeNull();
  expect(findSignInProblem(at('?problem=locked', '/sessions'))).toBeNull();
});

it('removes the reason from the address and keeps the rest', () => {
  const replaced: unknown[] = [];
  const history = { replaceState: (...call: unknown[]) => void replaced.push(call[2]) };
  clearSignInProblem(at('?problem=locked&q=1'), history);
  clearSignInProblem(at('?q=1'), history);
  expect(replaced).toEqual(['/sign-in?q=1']);
});
