import { useEffect, useState } from 'react';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../../api/api.ts';
import type { Preferences } from '../../services/preferences.ts';
import type { SignInMethod } from './sign-in-form.tsx';

export interface MethodChoice {
  /** Null until it is known which one to begin with. */
  method: SignInMethod | null;
  choose: (method: SignInMethod) => void;
  /** Keeps the method for the next time, once it has let somebody in. */
  remember: () => void;
}

/** The way to sign in that this browser used last; otherwise email and password, where anybody has a password. */
export function useSignInMethod(api: Api, preferences: StoreApi<Preferences>): MethodChoice {
  const [method, choose] = useState(() => preferences.getState().signInMethod);
  useEffect(() => {
    if (preferences.getState().signInMethod !== null) return;
    const begin = (first: SignInMethod) => choose((chosen) => chosen ?? first);
    api.signInWays().then(
      ({ password }) => begin(password ? 'password' : 'key'),
      () => begin('password'),
    );
  }, [api, preferences]);
  return { method, choose, remember: () => preferences.setState({ signInMethod: method }) };
}
