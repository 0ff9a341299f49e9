import { useEffect } from 'react';

/** Calls back when the page becomes light or dark. */
export function useLookChange(onChange: () => void): void {
  useEffect(() => {
    const watch = new MutationObserver(onChange);
    watch.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', onChange);
    return () => {
      watch.disconnect();
      dark.removeEventListener('change', onChange);
    };
  }, [onChange]);
}
