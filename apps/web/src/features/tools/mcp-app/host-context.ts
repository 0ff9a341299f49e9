/** The variables of the specification, and ours that stand for them. */
const COLOURS: Readonly<Record<string, string>> = {
  '--color-background-primary': '--raised',
  '--color-background-secondary': '--surface',
  '--color-background-tertiary': '--bg',
  '--color-background-inverse': '--text',
  '--color-background-info': '--accent-soft',
  '--color-background-success': '--ok-soft',
  '--color-background-warning': '--warn-soft',
  '--color-background-danger': '--bad-soft',
  '--color-text-primary': '--text',
  '--color-text-secondary': '--muted',
  '--color-text-tertiary': '--muted',
  '--color-text-inverse': '--bg',
  '--color-text-info': '--accent',
  '--color-text-success': '--ok',
  '--color-text-warning': '--warn',
  '--color-text-danger': '--bad',
  '--color-border-primary': '--control',
  '--color-border-secondary': '--line',
  '--color-ring-primary': '--accent',
};

const SIZES: Readonly<Record<string, string>> = {
  '--font-sans': 'system-ui, sans-serif',
  '--font-mono': 'ui-monospace, monospace',
  '--font-weight-normal': '400',
  '--font-weight-medium': '600',
  '--font-weight-semibold': '600',
  '--font-weight-bold': '600',
  '--font-text-xs-size': '12px',
  '--font-text-sm-size': '13px',
  '--font-text-md-size': '14px',
  '--font-text-lg-size': '16px',
  '--border-radius-sm': '6px',
  '--border-radius-md': '10px',
  '--border-radius-lg': '14px',
  '--border-width-regular': '1px',
};

/** The look of the page, in the shape that apps get it. */
export function readLook(): Readonly<Record<string, unknown>> {
  const style = getComputedStyle(document.documentElement);
  const colours = Object.entries(COLOURS).map(([theirs, ours]) => [theirs, style.getPropertyValue(ours).trim()]);
  return {
    theme: style.colorScheme === 'dark' ? 'dark' : 'light',
    styles: { variables: { ...Object.fromEntries(colours), ...SIZES } },
  };
}

/** What does not change while an app is shown. */
export function readDevice(): Readonly<Record<string, unknown>> {
  const touch = matchMedia('(pointer: coarse)').matches;
  return {
    displayMode: 'inline',
    availableDisplayModes: ['inline'],
    locale: navigator.language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userAgent: 'claude-sdk-pattern',
    platform: 'web',
    deviceCapabilities: { touch, hover: !touch },
  };
}
