import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { createApi } from './api/api.ts';
import { getBasePath, toAppPath, toHref } from './api/base-path.ts';
import { openAccountChannel } from './app/account-news.ts';
import { App } from './app/app.tsx';
import { createPreferences } from './services/preferences.ts';
import { preloadPage } from './app/preload-page.ts';
import { reloadOnNewVersion } from './app/reload-on-new-version.ts';
import { takeLinkToken } from './features/sign-in/link-token.ts';
import './styles/index.css';

// Without its slash it is outside of what the service worker serves.
if (location.pathname === getBasePath()) location.replace(toHref(`/${location.search}${location.hash}`));
const preferences = createPreferences(localStorage);
const linkToken = takeLinkToken(window);
const account = openAccountChannel();
const api = createApi(account.refused);
const gallery = import.meta.env.DEV && import.meta.env['VITE_GALLERY'] === '1';
const firstBootstrap = linkToken === null && !gallery ? api.bootstrap() : Promise.reject(new Error('not asked'));
firstBootstrap.catch(() => {});
reloadOnNewVersion();
if (!gallery) preloadPage(toAppPath(location.pathname));

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const reactRoot = createRoot(root);

if (gallery) {
  void import('./fixtures/gallery.tsx').then(({ Gallery }) => reactRoot.render(<Gallery preferences={preferences} />));
} else {
  reactRoot.render(
    <StrictMode>
      <App
        api={api}
        account={account}
        preferences={preferences}
        linkToken={linkToken}
        firstBootstrap={firstBootstrap}
      />
    </StrictMode>,
  );
}
