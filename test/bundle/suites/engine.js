/* eslint-disable no-var -- runs as it stands */
// Stands before the tests: what TypeScript and the tests ask of an engine of ES5 for iteration and typed arrays, by plain
// loops. The general ones (TypeScript's helpers, core-js) go through an iterator for each byte, fifty times as long.

(function (global) {
  var slice = Array.prototype.slice;
  var classes = [Uint8Array, Uint16Array, Uint32Array, Int32Array];
  var isIndexed = function (o) {
    return typeof o === 'object' && (Array.isArray(o) || o.buffer instanceof ArrayBuffer);
  };

  function define(object, name, value) {
    Object.defineProperty(object, name, { value: value, writable: true, configurable: true });
  }

  global.__values = function (o) {
    var i = 0;
    return isIndexed(o)
      ? {
          next: function () {
            return i < o.length ? { value: o[i++], done: false } : { value: undefined, done: true };
          },
        }
      : o[Symbol.iterator]();
  };
  global.__read = function (o, n) {
    return slice.call(isIndexed(o) ? o : Array.from(o), 0, n);
  };
  global.__spreadArray = function (to, from) {
    return to.concat(slice.call(isIndexed(from) ? from : Array.from(from)));
  };

  classes.forEach(function (Class) {
    define(Class, 'from', function (list, map) {
      var from = isIndexed(list) || typeof list.length === 'number' ? list : Array.from(list);
      var made = new Class(from.length);
      for (var i = 0; i < made.length; i++) {
        made[i] = map ? map(from[i], i) : from[i];
      }
      return made;
    });
    define(Class, 'of', function () {
      return new Class(slice.call(arguments));
    });
    define(Class.prototype, 'fill', function (value, at, end) {
      for (var i = at || 0, stop = end === undefined ? this.length : end; i < stop; i++) {
        this[i] = value;
      }
      return this;
    });
    define(Class.prototype, 'slice', function (at, end) {
      var view = this.subarray(at === undefined ? 0 : at, end === undefined ? this.length : end);
      var copy = new Class(view.length);
      copy.set(view);
      return copy;
    });
    define(Class.prototype, 'map', function (f) {
      return Class.from(this, f);
    });
    define(Class.prototype, 'filter', function (f) {
      return Class.from(Array.prototype.filter.call(this, f));
    });
    'every forEach indexOf join lastIndexOf reduce some'.split(' ').forEach(function (name) {
      define(Class.prototype, name, Array.prototype[name]);
    });
  });
})(this);
