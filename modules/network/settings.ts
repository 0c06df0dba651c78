/** Settings by name, as config() and ipconfig() have them: one is asked for, or several are set at once. */

import { lookUp } from './args';
import { raiseTypeError } from './errors';

/** Some values that have been checked one by one, checked together. */
export type Together = (values: { [name: string]: unknown }) => void;

/** One of them: what it is, what becomes of a value that may be one (throws), and how that takes effect. */
export interface Setting {
  _get?(): unknown;
  _check?(value: unknown): unknown;
  _set?(checked: never): void;
}

export type Settings = { [name: string]: Setting };

/**
 * Of one name the value; of an object of names all values are checked first, and then take effect in their order.
 * @param texts of the errors for both and for neither, and for a name that is unknown or cannot be set or got
 * @param together may refuse what is right one by one; or takes it over, for settings without a `_set`
 */
export function useSettings(
  args: ArrayLike<unknown>,
  texts: string[],
  settings: Settings,
  together?: Together,
): unknown {
  const last = args.length - 1;
  const wanted = args[0];
  const given = args[last];
  const several = !!given && typeof given === 'object' && !Array.isArray(given);
  if (several && last) {
    raiseTypeError(texts[0]);
  }
  if (last || (!several && typeof wanted !== 'string')) {
    raiseTypeError(texts[1]);
  }
  const values = (several ? given : {}) as { [name: string]: unknown };
  const names = several ? Object.keys(values) : [wanted as string];
  const checked = names.map(function (name) {
    const setting = lookUp(settings as never, name, texts[2]) as Setting;
    const use = several ? setting._check : setting._get;
    if (!use) {
      lookUp({}, name, texts[2]);
    }
    return (use as (value: unknown) => unknown)(values[name]);
  });
  if (!several) {
    return checked[0];
  }
  if (together) {
    const all: { [name: string]: unknown } = {};
    names.forEach(function (name, i) {
      all[name] = checked[i];
    });
    together(all);
  }
  names.forEach(function (name, i) {
    if (settings[name]._set) {
      (settings[name]._set as (value: unknown) => void)(checked[i]);
    }
  });
  return undefined;
}
