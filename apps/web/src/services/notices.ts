import { toHref } from '../api/base-path.ts';
import { t } from '../messages/index.ts';

/** A notification of the browser. A later one with the same tag takes its place. */
export interface Notice {
  title: string;
  tag: string;
  /** The page that a click opens. */
  path: string;
}

/** What the service worker tells the page: a notification was clicked, or a push message came. */
type WorkerMessage = { type: 'open'; path: string } | { type: 'pushed' };

/** Registers the service worker, whose texts are part of its address. Rejects where the browser has none, or refuses. */
export async function registerWorker(): Promise<ServiceWorkerRegistration> {
  const { pushTitle: title, pushBody: body, schedulesTitle, schedulesBody } = t.notices;
  const texts = new URLSearchParams({ title, body, schedules_title: schedulesTitle, schedules_body: schedulesBody });
  await navigator.serviceWorker.register(toHref(`/service-worker.js?${texts.toString()}`));
  return navigator.serviceWorker.ready;
}

/** Whether the browser can show notifications, and has not been told by its user to show none. */
export function mayNotify(): boolean {
  return typeof Notification !== 'undefined' && Notification.permission !== 'denied';
}

/** Asks the person, where they have not decided yet. */
export async function askToNotify(): Promise<boolean> {
  return typeof Notification !== 'undefined' && (await Notification.requestPermission()) === 'granted';
}

/** Shows a notification. `onOpen` is called when a click needs no service worker; otherwise see `onWorkerMessage`. */
export async function showNotice({ title, tag, path }: Notice, onOpen: (path: string) => void): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker?.active != null) {
    // Says the same of no session in particular.
    for (const pushed of await worker.getNotifications({ tag: 'approvals' })) pushed.close();
    await worker.showNotification(title, { tag, icon: toHref('/icon.svg'), data: { path } });
    return;
  }
  const notification = new Notification(title, { tag, icon: toHref('/icon.svg') });
  notification.addEventListener('click', () => {
    window.focus();
    onOpen(path);
    notification.close();
  });
}

/** Calls back with what the service worker tells. Returns the unsubscriber. */
export function onWorkerMessage(callback: (message: WorkerMessage) => void): () => void {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return () => {};
  const onMessage = ({ data }: MessageEvent<WorkerMessage | null>) => {
    if (data !== null) callback(data);
  };
  serviceWorker.addEventListener('message', onMessage);
  return () => serviceWorker.removeEventListener('message', onMessage);
}
