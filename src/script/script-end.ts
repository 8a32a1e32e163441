/** How a script ended: a value, so that every reader has to think of the lost connection and the reclaimed machine. */
export type ScriptEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** `signal` without SIG; `oom` when the kernel's memory killer sent it. */
  | { readonly kind: 'signalled'; readonly signal: string; readonly oom: boolean }
  /** The platform stopped the container while the script ran. */
  | { readonly kind: 'interrupted' }
  /** The runner asked us to stop (cancel, timeout), and the script was stopped. */
  | { readonly kind: 'cancelled' }
  /** The image has no shell that could run it. */
  | { readonly kind: 'no-shell'; readonly sentence: string }
  /** The container group is gone or unusable; the sentence says why and what to do. */
  | { readonly kind: 'group-lost'; readonly sentence: string }
  /** The agent could not start the script, or not go on with it. */
  | { readonly kind: 'refused'; readonly sentence: string }
  /** The connection could not be restored in time, though nothing says that the group is gone. */
  | { readonly kind: 'lost'; readonly sentence: string };
