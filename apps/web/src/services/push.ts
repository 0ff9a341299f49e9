import type { Api } from '../api/api.ts';
import { askToNotify, registerWorker } from './notices.ts';

/** Push messages for this browser and this sign-in. */
export interface Push {
  /** Whether the browser has them: only on https and localhost. */
  isSupported: boolean;
  isOn: () => Promise<boolean>;
  /** False when the person does not allow notifications. Rejects when browser or server refuse. */
  switchOn: () => Promise<boolean>;
  switchOff: () => Promise<void>;
}

export function createPush(api: Pick<Api, 'getPushState' | 'putPushSubscription' | 'endPushSubscription'>): Push {
  const find = async () => (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription();
  return {
    isSupported: 'serviceWorker' in navigator && 'PushManager' in window,

    // The browser keeps its subscription when the sign-in ends. The server does not.
    async isOn() {
      const [own, { endpoint }] = await Promise.all([find(), api.getPushState()]);
      return own != null && own.endpoint === endpoint;
    },

    async switchOn() {
      if (!(await askToNotify())) return false;
      const [worker, { public_key: key }] = await Promise.all([registerWorker(), api.getPushState()]);
      const options = { userVisibleOnly: true, applicationServerKey: key };
      // One that was made with another key cannot be changed.
      const own = await worker.pushManager.subscribe(options).catch(async (error: unknown) => {
        const old = await worker.pushManager.getSubscription();
        if (old === null) throw error;
        await old.unsubscribe();
        return worker.pushManager.subscribe(options);
      });
      await api.putPushSubscription(own.toJSON());
      return true;
    },

    async switchOff() {
      await api.endPushSubscription();
      await (await find())?.unsubscribe();
    },
  };
}
