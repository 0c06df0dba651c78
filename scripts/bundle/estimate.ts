/**
 * How much of the board's heap a program takes, from its text. JerryScript keeps byte code: about as many bytes as the
 * source has, but a name or a string costs once for all its uses, a function for its header, and space nothing. The
 * factors are fitted to 31 programs of 0.3 to 116 KB on the emulated board: what stays of those above 4 KB was met
 * within 15 %, the heap in use while they are parsed within 20 %.
 */

import type { Target } from './targets';

/** Strings, names, numbers, and all else sign by sign. */
const TOKEN = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`|[\w$]+|=>|[^\s\w]/g;
const NAME = /^[A-Za-z_$]/;
const KEYWORDS = new Set(
  (
    'async await break case catch class const continue default delete do else extends false finally for function if ' +
    'in instanceof let new null of return super switch this throw true try typeof var void while yield'
  ).split(' '),
);

/** How far off an estimate may be: more than was seen. */
export const ERROR = 0.3;

export interface CodeHeap {
  /** What stays of the code once it is parsed. */
  kept: number;
  /** What its functions take beside that when they have become objects. */
  objects: number;
  /** The most while it is parsed, what is kept included. */
  peak: number;
}

export interface HeapEstimate {
  /** In use while the program runs; with micronic, with its link up and one connection open. */
  used: number;
  /** The most while the program is parsed. */
  parsing: number;
}

export function codeHeap(code: string): CodeHeap {
  let tokens = 0;
  let functions = 0;
  const names = new Set<string>();
  for (const [token] of code.matchAll(TOKEN)) {
    tokens++;
    if (token === 'function' || token === '=>') {
      functions++;
    } else if (/^["'`]/.test(token)) {
      names.add(token.slice(1, -1));
    } else if (NAME.test(token) && !KEYWORDS.has(token)) {
      names.add(token);
    }
  }
  let nameBytes = 0;
  for (const name of names) {
    // A string has a head of eight bytes, and the heap hands out eights; the engine has the short names already.
    nameBytes += name.length > 1 ? 8 * Math.ceil(name.length / 8 + 1) : 0;
  }
  return {
    kept: Math.round(1.25 * tokens + 27 * functions + 1.21 * nameBytes),
    objects: 47 * functions,
    peak: Math.round(0.8 * tokens + 105 * functions + 1.68 * nameBytes),
  };
}

/** @param modules the firmware's, that the program requires */
export function estimateHeap(
  { heapAtStart, heapOfLink, moduleCosts }: Target,
  code: string,
  modules: Iterable<string>,
  usesMicronic: boolean,
): HeapEstimate {
  const { kept, objects, peak } = codeHeap(code);
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (!loaded.has(name)) {
      loaded.add(name);
      moduleCosts[name]?.needs?.forEach(load);
    }
  };
  [...modules].forEach(load);
  const ofModules = [...loaded].reduce((sum, name) => sum + (moduleCosts[name]?.heap ?? 0), 0);
  return {
    used: heapAtStart + kept + objects + ofModules + (usesMicronic ? heapOfLink : 0),
    parsing: heapAtStart + Math.max(kept, peak),
  };
}
