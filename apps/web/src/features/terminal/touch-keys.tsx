import { m } from './messages.ts';

const KEYS = [
  ['Esc', '\x1b'],
  ['Tab', '\t'],
  ['Ctrl+C', '\x03'],
  ['Ctrl+D', '\x04'],
  ['↑', '\x1b[A'],
  ['↓', '\x1b[B'],
] as const;

/** Keys that the keyboards of phones lack; shown where there is no mouse. */
export function TouchKeys({ onKey }: { onKey: (data: string) => void }) {
  return (
    <div
      role="group"
      aria-label={m.keys}
      className="hidden shrink-0 overflow-x-auto border-t border-line pointer-coarse:flex"
    >
      {KEYS.map(([label, data]) => (
        <button
          key={label}
          type="button"
          // The keyboard of the phone stays open.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onKey(data)}
          className="tap h-11 min-w-11 flex-1 px-2 font-mono text-sm hover:bg-hover"
        >
          {label}
        </button>
      ))}
    </div>
  );
}
