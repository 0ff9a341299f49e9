/** Why a state was recorded: before the first turn, after a turn, before or after files were taken back or changed by hand, or behind what was done in a terminal. */
export type StateReason = 'beginning' | 'turn' | 'before_rewind' | 'rewind' | 'before_edit' | 'edit' | 'terminal';
