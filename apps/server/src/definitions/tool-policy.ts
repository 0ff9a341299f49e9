/** When a tool may run: see `PermissionPolicy`; `disabled` never does. */
export type ToolPolicy = 'always_allow' | 'always_ask' | 'auto' | 'disabled';
