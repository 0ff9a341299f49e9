// @ts-check
// `npm run build`: installs and builds what is missing or out of date, and starts nothing. For a service whose user may not
// write the checkout.
import { ensureInstalled } from './setup/install.mjs';
import { ensureWebBuilt } from './setup/web-build.mjs';

await ensureInstalled();
ensureWebBuilt();
