/** What the tests, not the code under test, take for granted, for an engine that has ES5 and typed arrays. */

import 'core-js/es/map';
import 'core-js/es/set';
import 'core-js/es/array';
import 'core-js/es/math';
import 'core-js/es/number';
import 'core-js/es/object';
import 'core-js/es/string';
// Writes IPv6 addresses for the tests.
import 'core-js/web/url';
import { Buffer } from 'buffer/';

for (const { prototype } of [Uint8Array, Uint16Array]) {
  const { copyWithin, entries, find, findIndex, includes, keys, [Symbol.iterator]: iterator } = Array.prototype;
  Object.assign(prototype, { copyWithin, entries, find, findIndex, includes, keys, [Symbol.iterator]: iterator });
}

/** Without an iterator where there are indices. */
const { from } = Array;
Array.from = <T, U>(list: ArrayLike<T> | Iterable<T>, map?: (value: T, index: number) => U): (T | U)[] => {
  if (typeof list === 'string' || !('length' in list)) {
    return from(list as Iterable<T>, map as (value: T, index: number) => U);
  }
  const made: (T | U)[] = [];
  for (let i = 0; i < list.length; i++) {
    made.push(map ? map(list[i], i) : list[i]);
  }
  return made;
};

/** Node's is a Buffer, too. */
const { subarray } = Uint8Array.prototype;
Buffer.prototype.subarray = function (this: Buffer, at = 0, end = this.length): Buffer {
  return Object.setPrototypeOf(subarray.call(this, at, end), Buffer.prototype) as Buffer;
};

/** Node's takes any Uint8Array. */
const { equals } = Buffer.prototype;
Buffer.prototype.equals = function (this: Buffer, other: Uint8Array): boolean {
  return equals.call(this, Buffer.from(other));
};

(globalThis as Record<string, unknown>).Buffer = Buffer;
