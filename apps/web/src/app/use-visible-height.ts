import { useEffect } from 'react';

/** Keeps the app above the on-screen keyboard in browsers that draw the keyboard over the page (iOS). */
export function useVisibleHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (viewport == null || !matchMedia('(pointer: coarse)').matches) return undefined;
    const root = document.documentElement;
    const fit = () => {
      // Zooming in also makes the visible height smaller, without a keyboard.
      if (viewport.scale > 1.01) root.style.removeProperty('--app-height');
      else root.style.setProperty('--app-height', `${viewport.height}px`);
      if (viewport.offsetTop > 0) window.scrollTo(0, 0);
    };
    viewport.addEventListener('resize', fit);
    return () => {
      viewport.removeEventListener('resize', fit);
      root.style.removeProperty('--app-height');
    };
  }, []);
}
