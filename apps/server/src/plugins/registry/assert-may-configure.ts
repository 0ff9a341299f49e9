import { CspError } from '@claude-sdk-pattern/protocol';

import { may } from '../../access/may.ts';
import type { Actor } from '../../identity/actor.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { findRedirects, findTextsOfCode, type Redirect } from './find-redirects.ts';

/**
 * Where secrets go, and what code reads that gets them, is for those to decide who grant them.
 * @returns The servers with secrets that the change leads elsewhere.
 * @throws CspError `permission_denied`
 */
export function assertMayConfigure(actor: Actor, before: ActivePlugin, after: ActivePlugin): Redirect[] {
  const redirects = findRedirects(before, after);
  if (may(actor, 'plugin.change', 'none')) return redirects;
  const [text] = findTextsOfCode(before, after);
  if (text !== undefined) throw toDenied(text, [text], 'is read by code of the plugin that gets secrets');
  const [redirect] = redirects;
  if (redirect === undefined) return redirects;
  const { server, to, fields } = redirect;
  throw toDenied(fields[0], fields, `leads the server ${server}, which gets secrets, to ${to}`);
}

function toDenied(field: string | undefined, fields: readonly string[], what: string): CspError {
  const message = `${fields.join(', ')} ${what}. Ask an administrator to change it`;
  return new CspError('permission_denied', message, { details: { field } });
}
