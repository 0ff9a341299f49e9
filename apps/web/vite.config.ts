import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { compressAssets } from './build/compress-assets.ts';
import { modernFonts } from './build/modern-fonts.ts';
import { pathsOfPage } from './build/paths-of-page.ts';

const SERVER = 'http://127.0.0.1:4600';

export default defineConfig({
  base: './',
  plugins: [modernFonts(), react(), tailwindcss(), pathsOfPage(), compressAssets()],
  build: {
    target: 'es2022',
    // A page that loads its parts while a new version is rolled out must not mix old and new ones: all names are hashed.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
    modulePreload: { polyfill: false },
    // A running server serves this folder: compressAssets drops what is old.
    emptyOutDir: false,
  },
  // Its languages are files of their own, as those of the page are.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': SERVER,
      '/v1': SERVER,
      '/ws': { target: SERVER, ws: true },
    },
  },
});
