import { useEffect, useState } from 'react';
import type { StoreApi } from 'zustand/vanilla';

import type { SignInWays } from '@claude-sdk-pattern/protocol';

import type { Api } from '../../api/api.ts';
import type { Preferences } from '../../services/preferences.ts';
import type { SignInMethod } from './sign-in-form.tsx';

export interface MethodChoice {
  /** Null until it is known which one to begin with. */
  method: SignInMethod | null;
  choose: (method: SignInMethod) => void;
  /** Null where there is none, and until it is known. */
  singleSignOn: SignInWays['single_sign_on'];
  /** Keeps the method for the next time, once it has let somebody in. */
  remember: () => void;
}

/** The way to sign in that this browser used last; otherwise email and password, where anybody has a password. */
export function useSignInMethod(api: Api, preferences: StoreApi<Preferences>): MethodChoice {
  const [method, choose] = useState(() => preferences.getState().signInMethod);
  const [singleSignOn, setSingleSignOn] = useState<SignInWays['single_sign_on']>(null);
  useEffect(() => {
    const begin = (first: SignInMethod) => choose((chosen) => chosen ?? first);
    api.signInWays().then(
      ({ password, single_sign_on: offered }) => {
        setSingleSignOn(offered);
        begin(password ? 'password' : 'key');
      },
      () => begin('password'),
    );
  }, [api]);
  return { method, choose, singleSignOn, remember: () => preferences.setState({ signInMethod: method }) };
}
