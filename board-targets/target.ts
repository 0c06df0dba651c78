/**
 * What a board lends to the stack. A target is a folder beside this file that makes a Platform and hands it to
 * createHost(); it brings a UART with MicroPython's face and plugs sockets into the firmware's own modules.
 *
 * | door            | what it is for                                                                      |
 * |-----------------|-------------------------------------------------------------------------------------|
 * | `_nowMs`        | a clock that never goes back, ms                                                     |
 * | `_setTimer`     | the only timer of the program                                                        |
 * | `_random32`     | ports, identifiers, sequence numbers, challenges                                     |
 * | `_wrapStream`   | a firmware's own UART object becomes a stream                                        |
 * | `_plug`         | an interface is up or gone: `net` and `http` follow                                  |
 * | `_bounds`       | every buffer, table and queue has its size here                                      |
 */
export type { Bounds, Platform, Host } from '../modules/network/host';
export type { Stream } from '../modules/network/stream';
