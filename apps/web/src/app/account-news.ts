import type { SignOutReason } from '../api/api-error.ts';
import { getBasePath } from '../api/base-path.ts';

/** Changes of this browser's sign-in, which all of its tabs share. */
export type AccountNews = 'signed-in' | SignOutReason;

/** Sends these changes to the other tabs of this browser, and receives theirs. */
export interface AccountChannel {
  tell: (news: AccountNews) => void;
  /**
   * Calls back for each change that another tab sends, and with the reason when the server refuses a request of this
   * tab.
   */
  onNews: (listener: (news: AccountNews) => void) => () => void;
  /** The server no longer accepts this browser's cookie. */
  refused: (reason: SignOutReason) => void;
}

const CHANNEL = 'csp.account';

/** Opens the channel between the tabs; it lives as long as the page. */
export function openAccountChannel(): AccountChannel {
  const listeners = new Set<(news: AccountNews) => void>();
  const hear = (news: AccountNews) => listeners.forEach((listener) => listener(news));
  const channel = new BroadcastChannel(`${CHANNEL}${getBasePath()}`);
  channel.addEventListener('message', ({ data }: MessageEvent<AccountNews>) => hear(data));
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin only
    tell: (news) => channel.postMessage(news),
    onNews(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refused: hear,
  };
}
