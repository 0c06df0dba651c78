/** TCP: the end of an event: users hear what has happened, and what that leads to is sent. */

import type { Stack } from './ip';
import { News, Tcb, TcpHandler, TcpState } from './tcb';
import { tcpEnd } from './tcp-close';
import { sendAck, tcpOutput, windowUpdateDue } from './tcp-output';

/** Tells of every connection that a segment, a timer or a call has touched. */
export function tcpFlush(stack: Stack): void {
  const tcbs = stack._tcbs;
  for (let i = tcbs.length - 1; i >= 0; i--) {
    const tcb = tcbs[i];
    // A callback may have ended others.
    if (tcb && tcb._touched) {
      tcb._touched = false;
      tell(tcb);
      if (tcb._state >= TcpState.Established) {
        tcpOutput(tcb);
        if (tcb._ackNow || windowUpdateDue(tcb)) {
          sendAck(tcb);
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
  if (tcb._news & News.Connected) {
    tcb._news &= ~News.Connected;
    if (!tcb._handler && tcb._listener) {
      accept(tcb, tcb._listener);
    }
    if (tcb._handler) {
      tcb._handler._connected(tcb);
    }
  }
  // Nothing more will come of what has ended, so its reader is not spared the rest.
  while ((!tcb._paused || tcb._state === TcpState.Closed) && tcb._waiting.length) {
    const bytes = tcb._waiting.shift() as Uint8Array;
    tcb._waitingBytes -= bytes.length;
    if (tcb._handler) {
      tcb._handler._data(tcb, bytes);
    }
  }
  if (tcb._waiting.length) {
    return;
  }
  const news = tcb._news;
  const handler: TcpHandler | null = tcb._handler;
  tcb._news = 0;
  if (news & News.Ended && handler) {
    handler._ended(tcb);
  }
  if (news & News.Writable && tcb._wantsRoom && tcb._handler) {
    tcb._wantsRoom = false;
    tcb._handler._writable(tcb);
  }
  if (news & News.Closed && tcb._handler) {
    tcb._handler = null;
    (handler as TcpHandler)._closed(tcb, tcb._errno);
  }
}

/** A listener's connection is established. */
function accept(tcb: Tcb, listener: Tcb): void {
  listener._halfOpen--;
  tcb._listener = null;
  tcb._handler = listener._accept ? listener._accept(tcb) : null;
  // A user may also have written and closed already.
  if (!tcb._handler && tcb._state === TcpState.Established) {
    tcpEnd(tcb, 0, true);
  }
}
