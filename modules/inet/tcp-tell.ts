/** TCP: the end of an event: users hear what has happened, and what that leads to is sent. */

import { Flag } from '../wire/tcp';
import type { Stack } from './ip';
import { Errno, Tcb, TcpState } from './tcb';
import { tcpRoom } from './tcp';
import { tcpEnd } from './tcp-close';
import { sendEmpty, tcpOutput, windowUpdateDue } from './tcp-output';

/** After stackInput, once for all packets that came together: of every connection that was touched. */
export function stackFlush(stack: Stack): void {
  const tcbs = stack._tcbs;
  for (let i = tcbs.length; i--;) {
    const tcb = tcbs[i];
    // A callback may have ended others.
    if (tcb && tcb._touched) {
      tcb._touched = false;
      tcb._outputAtMs = Infinity;
      tell(tcb);
      if (tcb._state) {
        tcpOutput(tcb);
        // Data that goes with the next poll will say the same.
        if (tcb._outputAtMs > stack._nowMs && (stack._nowMs >= tcb._ackAtMs || windowUpdateDue(tcb))) {
          sendEmpty(tcb, Flag.Ack);
        }
      }
    }
  }
  while (stack._ended.length) {
    tell(stack._ended.shift() as Tcb);
  }
}

/** In the order in which they happened: connected, data, end, room, closed. */
function tell(tcb: Tcb): void {
  const listener = tcb._listener;
  if (tcb._isNew) {
    tcb._isNew = false;
    if (listener) {
      listener._halfOpen--;
      tcb._listener = null;
      tcb._handler = listener._accept(tcb);
      // A user may also have written and closed already.
      if (!tcb._handler && tcb._state === TcpState.Established) {
        tcpEnd(tcb, Errno.None, true);
      }
    }
    if (tcb._handler) {
      tcb._handler._connected(tcb);
    }
  }
  // Nothing more will come of what has ended, so its reader is not spared the rest.
  while (tcb._waiting.length && !(tcb._paused && tcb._state)) {
    const bytes = tcb._waiting.shift();
    if (bytes) {
      tcb._waitingBytes -= bytes.length;
    }
    if (tcb._handler) {
      if (bytes) {
        tcb._handler._data(tcb, bytes);
      } else {
        tcb._handler._ended(tcb);
      }
    }
  }
  if (tcb._wantsRoom && tcb._handler && tcpRoom(tcb)) {
    tcb._wantsRoom = false;
    tcb._handler._writable(tcb);
  }
  const handler = tcb._handler;
  if (handler && !tcb._waiting.length && (!tcb._state || tcb._state === TcpState.TimeWait)) {
    tcb._handler = null;
    handler._closed(tcb, tcb._errno);
  }
}
