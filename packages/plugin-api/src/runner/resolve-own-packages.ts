import { registerHooks, stripTypeScriptTypes } from 'node:module';

const OWN_PACKAGES = /^(?:@claude-sdk-pattern\/plugin-api|zod)(?:\/|$)/;
const TYPESCRIPT_IN_PACKAGE = /^file:.*\/node_modules\/.*\.m?ts$/;
let isRegistered = false;

/**
 * Lets plugins import this package and zod without having them. A plugin's own zod comes first. Also TypeScript in a
 * folder `node_modules` is run, which Node refuses (24): plugins from npm lie in one.
 */
export function resolveOwnPackages(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!OWN_PACKAGES.test(specifier)) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
    load(url, context, next) {
      if (!TYPESCRIPT_IN_PACKAGE.test(url)) return next(url, context);
      const { source } = next(url, { ...context, format: 'module' });
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source ?? undefined);
      return { format: 'module', shortCircuit: true, source: stripTypeScriptTypes(text) };
    },
  });
}
