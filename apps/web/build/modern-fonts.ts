import type { Plugin } from 'vite';

/** Leaves out of style sheets the fonts for browsers that could not run the app: each has its WOFF2 beside it. */
export function modernFonts(): Plugin {
  return {
    name: 'modern-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('.css') || !code.includes('woff2')) return undefined;
      return { code: code.replaceAll(/,\s*url\([^)]*\)\s*format\(["'](?:woff|truetype)["']\)/g, ''), map: null };
    },
  };
}
