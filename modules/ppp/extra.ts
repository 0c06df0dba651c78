/** Optional parts of a link in a row. */

import type { Extra, Link } from './link-types';

/** Adds a part to those that a link has; it is asked first. Before linkOpen. */
export function addExtra(link: Link, part: Extra): void {
  const rest = link._extra;
  link._extra = rest
    ? {
        _input: function (protocol, buf, at, end, stop) {
          return part._input(protocol, buf, at, end, stop) || rest._input(protocol, buf, at, end, stop);
        },
        _network: function (ours) {
          part._network(ours);
          rest._network(ours);
        },
        _rejected: function (protocol) {
          part._rejected(protocol);
          rest._rejected(protocol);
        },
        _poll: function () {
          part._poll();
          rest._poll();
        },
        _pollAt: function () {
          return Math.min(part._pollAt(), rest._pollAt());
        },
      }
    : part;
}
