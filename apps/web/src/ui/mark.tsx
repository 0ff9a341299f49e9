/** The product's logo. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="shrink-0 text-accent">
      <rect width="32" height="32" rx="8" fill="currentColor" />
      <g stroke="var(--on-accent)" fill="none" strokeWidth="3.2" strokeLinecap="round">
        <path d="M8 16a8 8 0 0 1 8-8M16 24a8 8 0 0 0 8-8" />
      </g>
      <circle cx="16" cy="16" r="2.6" fill="var(--on-accent)" />
    </svg>
  );
}
