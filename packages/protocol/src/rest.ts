import type { PermissionMode } from './permission-mode.ts';
import type { SessionEvent } from './session-events.ts';

/** GET /api/v1/bootstrap: what the web app needs before it draws. */
export interface Bootstrap {
  user: { id: string; name: string; email: string; role: 'admin' | 'operator' | 'user' };
  /** True when the scripted model serves, because no upstream is configured. */
  demo: boolean;
  version: string;
  /** The first is the default. */
  models: { id: string; label: string }[];
  permission_modes: PermissionMode[];
}

/** POST /api/v1/sign-in: exactly one of the ways in. Answers 204 with the cookie, or 401. */
export type SignInBody = { link_token: string } | { api_key: string } | { email: string; password: string };

/** A page of a list, as the Managed Agents API pages: pass `next_page` as `page`. */
export interface Page<T> {
  data: T[];
  next_page: string | null;
}

/** An event as GET /v1/sessions/{id}/events lists it: with its `seq`. */
export type ListedEvent = SessionEvent & { seq: number };
