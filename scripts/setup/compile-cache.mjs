// @ts-check
// Loaded into the server before its own code. Node reuses the code that it compiled at an earlier start, which halves
// the start time. A cache entry is used only for exactly the source text that it was compiled from.
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from './root.mjs';

enableCompileCache(COMPILE_CACHE);
