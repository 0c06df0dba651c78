/** Named events with any number of listeners, for engines that have no such thing or each their own. */

/** The list is replaced, never changed, so that a listener being called may add and remove. */
export type Listeners = { _event: string; _call: (value?: never) => void }[];

export function emit(listeners: Listeners, event: string, value?: unknown): void {
  listeners.forEach(function (listener) {
    if (listener._event === event) {
      listener._call(value as never);
    }
  });
}
