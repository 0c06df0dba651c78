/** MicroPython's module `ntptime`: the time by SNTP (RFC 4330). */

import { getU32, putU32, sameBytes } from '../wire/bytes';
import { removeFrom } from '../inet/ip';
import { Errno } from '../inet/tcb';
import { udpClose, udpOpen } from '../inet/udp';
import { neededCallback } from './arguments';
import { Timed, nowOf, setDeadline, soon, theContext } from './context';
import { lookUpName } from './dns';
import { Failure, SocketErrno, socketError } from './errors';
import { sendDatagram } from './udp-send';

const NTP_PORT = 123;
const NTP_LENGTH = 48;

/** Offsets in a message. */
const enum Ntp {
  Stratum = 1,
  Originate = 24,
  Receive = 32,
  Transmit = 40,
}

/** From 1900 to 1970, s. */
const UNIX_EPOCH_S = 2208988800;

/** Requests sent, if no answer comes. */
const TRIES = 3;

/** @param seconds since 1970 (UTC), with a fraction */
type Told = (error: Failure, seconds?: number) => void;

/** RFC 4330 §3: a time stamp with the top bit clear is of 2036 or later. */
function secondsAt(message: Uint8Array, at: number): number {
  const seconds = getU32(message, at);
  return seconds + (seconds < 0x80000000 ? 0x100000000 : 0) - UNIX_EPOCH_S + getU32(message, at + 4) / 0x100000000;
}

/** Whether a message answers a request with this transmit stamp (RFC 4330 §5). */
function isAnswer(message: Uint8Array, request: Uint8Array): boolean {
  const mode = message[0] & 7;
  return (
    message.length >= NTP_LENGTH &&
    (mode === 4 || mode === 5) &&
    sameBytes(message, Ntp.Originate, request, Ntp.Transmit, 8)
  );
}

/** Whether its server knows the time: its clock is set, and it refuses nobody (stratum 0). */
function isUsable(message: Uint8Array): boolean {
  const stratum = message[Ntp.Stratum];
  return message[0] >> 6 < 3 && stratum > 0 && stratum < 16 && getU32(message, Ntp.Transmit) > 0;
}

/**
 * time(done): `done` hears (error, seconds): ETIMEDOUT when nobody answers, EPROTO from a server that does not know or
 * will not say, or an error of the name.
 */
function time(done: Told): void {
  const context = theContext;
  const host = context._host;
  const tell = neededCallback(arguments) as Told;
  const name = ntptime.host;
  const request = new Uint8Array(NTP_LENGTH);
  let triesLeft = TRIES;
  let sentMs = 0;
  lookUpName(context, name, function (error, address) {
    const udp =
      !error &&
      udpOpen(host._stack, function (message, source, port) {
        if (source === address && port === NTP_PORT && isAnswer(message, request)) {
          // Half of what the way took is the way back (RFC 4330 §5).
          const server = secondsAt(message, Ntp.Transmit) - secondsAt(message, Ntp.Receive);
          const way = Math.max(0, (nowOf(context) - sentMs) / 1000 - server) / 2;
          if (isUsable(message)) {
            finish(0, secondsAt(message, Ntp.Transmit) + way);
          } else {
            finish(SocketErrno.EPROTO);
          }
        } else {
          host._stack._stats.dropped++;
        }
      });
    const finish = function (errno: number, seconds?: number): void {
      if (udp) {
        udpClose(udp);
      }
      removeFrom(context._timed, timer);
      soon(context, function () {
        tell(errno ? socketError(errno, name) : null, seconds);
      });
    };
    const ask = function (): void {
      // The stamp comes back, and proves that the answer is one; a board has no time to put there.
      request[0] = 0x23; // Version 4, client.
      putU32(request, Ntp.Transmit, host._random32());
      putU32(request, Ntp.Transmit + 4, host._random32());
      sentMs = nowOf(context);
      const errno = !triesLeft-- ? Errno.ETIMEDOUT : udp ? sendDatagram(udp, request, address, NTP_PORT, sentMs) : 0;
      if (errno) {
        finish(errno);
      } else {
        setDeadline(context, timer, ntptime.timeout * 1000);
      }
    };
    const timer: Timed = { _deadlineMs: Infinity, _timedOut: ask };
    if (error) {
      tell(error);
    } else if (!udp) {
      finish(Errno.ENOMEM);
    } else {
      ask();
    }
  });
}

/**
 * settime([done]): as time(), and sets the firmware's clock.
 * @throws OSError ENOTSUP where the firmware has none that can be set: use time()
 */
function settime(done?: Told): void {
  const setTime = theContext._setTime;
  if (!setTime) {
    throw socketError(SocketErrno.ENOTSUP, 'this firmware has no clock that can be set');
  }
  time(function (error, seconds) {
    if (!error) {
      setTime((seconds as number) * 1000);
    }
    if (done) {
      done(error, seconds);
    } else if (error) {
      throw error;
    }
  });
}

export const ntptime = {
  /** Both may be set. */
  host: 'pool.ntp.org',
  /** Of each of three tries, s. */
  timeout: 2,
  time: time,
  settime: settime,
};
