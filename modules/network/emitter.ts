/** Named events with any number of listeners, for engines that have no such thing or each their own. */

type Listener = (...values: never[]) => void;

export interface Listeners {
  [event: string]: Listener[];
}

export function addListener(all: Listeners, event: string, listener: Listener): void {
  // A new array each time, so that one being called may add and remove.
  all[event] = (all[event] || []).concat([listener]);
}

/** Removes one listener, or all of an event. */
export function removeListener(all: Listeners, event: string, listener?: Listener): void {
  all[event] = (all[event] || []).filter(function (candidate) {
    return listener !== undefined && candidate !== listener;
  });
}

export function emit(all: Listeners, event: string, value?: unknown): void {
  const listeners = all[event] || [];
  for (let i = 0; i < listeners.length; i++) {
    (listeners[i] as (value: unknown) => void)(value);
  }
}
