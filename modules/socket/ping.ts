/** ping: one echo, and how long it took (RFC 792). */

import { Ping, Pinger, createPinger, icmpPing } from '../inet/ping';
import { removeFrom } from '../inet/ip';
import { Errno } from '../inet/tcb';
import { nameArgument, neededCallback } from './arguments';
import { Context, Timed, nowOf, setDeadline, soon, theContext } from './context';
import { lookUpName } from './dns';
import { Failure, socketError } from './errors';

export interface PingOptions {
  /** Octets of data, 56; as much as fits into a packet is sent. */
  size?: number;
  /** ms, 5000. */
  timeout?: number;
}

/** @param ms whole milliseconds from the request to the reply */
type Answered = (error: Failure, ms?: number) => void;

function pingerOf(context: Context): Pinger {
  return (context._pinger = context._pinger || createPinger(context._host._stack));
}

/** ping(name[, {size, timeout}], done): `done` hears (error, ms): ETIMEDOUT, ENETUNREACH, or an error of the name. */
export function ping(name: string, options: PingOptions | Answered, done?: Answered): void;
export function ping(): void {
  pingBy(theContext, arguments);
}

/** ping() of the sockets of one host. */
export function pingBy(context: Context, args: ArrayLike<unknown>): void {
  const name = nameArgument(args[0]);
  const done = neededCallback(args) as Answered;
  const wanted = (args[1] === done ? {} : args[1]) as PingOptions;
  lookUpName(context, name, function (error, address) {
    const pinger = pingerOf(context);
    const startedMs = nowOf(context);
    const finish = function (failure: Failure, ms?: number): void {
      removeFrom(pinger._pings, waiting as Ping);
      removeFrom(context._timed, waiting as Timed);
      soon(context, function () {
        done(failure, ms);
      });
    };
    const waiting: Ping & Timed = {
      _destination: address,
      _id: context._host._random32() & 0xffff,
      _reply: function () {
        finish(null, nowOf(context) - startedMs);
      },
      _deadlineMs: 0,
      _timedOut: function () {
        finish(socketError(Errno.ETIMEDOUT, name));
      },
    };
    if (error) {
      done(error);
      return;
    }
    pinger._pings.push(waiting);
    setDeadline(context, waiting, wanted.timeout || 5000);
    const size = wanted.size === undefined ? 56 : wanted.size;
    if (!icmpPing(pinger, waiting, 1, new Uint8Array(Math.min(size, context._host._bounds._mtu)), startedMs)) {
      finish(socketError(Errno.ENETUNREACH, name));
    }
  });
}
