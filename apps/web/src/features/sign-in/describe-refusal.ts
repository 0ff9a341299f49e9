import { ApiError } from '../../api/api-error.ts';
import { toProblem } from '../../session/problem.ts';

/**
 * Why a sign-in failed, as a sentence. `wrong` is for a credential that the server does not accept. Of an account that
 * is locked, the server's own message says so.
 */
export function describeRefusal(error: unknown, wrong: string): string {
  return error instanceof ApiError && error.type === 'authentication_error' ? wrong : toProblem(error).message;
}
