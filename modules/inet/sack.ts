/**
 * Selective acknowledgements (RFC 2018), received and sent, and recovery by them (RFC 6675) as far as the few segments
 * of a send ring go. Not part of the stack: an entry that wants it calls useSack.
 */

import { getU32, putU32 } from '../wire/bytes';
import { max, min } from '../wire/math';
import { Flag, TCP_HEADER } from '../wire/tcp';
import type { Stack } from './ip';
import { Range, Tcb, TcpState } from './tcb';
import { dataOf, inputTcb, relativeSeq } from './tcp-input';
import { netifMss, sendData } from './tcp-output';

const enum Kind {
  End,
  Nop,
  Permitted = 4,
  Sack = 5,
}

/** Without other options four fit into a header. */
const BLOCKS = 4;

/** Ranges of ours that are remembered: more than segments in a send ring of a board. */
const RANGES = 16;

/** What SACK knows of a connection. */
interface SackTcb extends Tcb {
  /** Where the last segment with data began: its block is told first. */
  _lastSeq?: number;
  /** Octets that have come once more, which the next ACK tells (RFC 2883). */
  _twice?: Range | null;
  /** Up to here holes have been sent again in the recovery that ends at _repairing. */
  _repaired?: number;
  _repairing?: number;
}

/** Connections of this stack offer and take SACK from now on. */
export function useSack(stack: Stack): void {
  const before = stack._segment || inputTcb;
  stack._tcpOptions = emitOptions;
  stack._segment = function (tcb: SackTcb, buf, header, data, end, flags) {
    if (flags & Flag.Syn) {
      if (tcb._state < TcpState.CloseWait) {
        tcb._sacked = sackOption(buf, header + TCP_HEADER, data, Kind.Permitted) ? tcb._sacked || [] : undefined;
      }
    } else if (tcb._sacked) {
      tcb._lastSeq = relativeSeq(tcb, buf, header);
      tcb._twice = duplicateOf(tcb, tcb._lastSeq, tcb._lastSeq + end - data) || tcb._twice;
      if (tcb._retries) {
        tcb._sacked = []; // RFC 2018 §8: after a time-out all is sent again, in case the peer has dropped it.
      }
      takeBlocks(tcb, buf, header, data);
    }
    const verdict = before(tcb, buf, header, data, end, flags);
    if (tcb._sacked && tcb._state) {
      repair(tcb, tcb._sacked);
    }
    return verdict;
  };
}

/** For those who take the SYN themselves: see foreign.ts. */
export function sackPermitted(tcb: Tcb, buf: Uint8Array, header: number): void {
  if (
    tcb._stack._tcpOptions === emitOptions &&
    sackOption(buf, header + TCP_HEADER, dataOf(buf, header), Kind.Permitted)
  ) {
    tcb._sacked = [];
  }
}

/** What of [from, to) has been here already, its first stretch; null for nothing. */
function duplicateOf(tcb: SackTcb, from: number, to: number): Range | null {
  let start = 0;
  let stop = tcb._rcvNxt;
  for (let i = 0; from >= stop && i < tcb._strays.length; i++) {
    start = tcb._strays[i]._seq;
    stop = start + tcb._strays[i]._bytes.length;
  }
  start = max(start, from);
  stop = min(stop, to);
  return start < stop ? { _from: start, _to: stop } : null;
}

/** Where an option stands in [at, end), 0 for nowhere. Malformed ones do no harm. */
function sackOption(buf: Uint8Array, at: number, end: number, kind: Kind): number {
  while (at + 1 < end && buf[at]) {
    if (buf[at] === Kind.Nop) {
      at++;
    } else {
      const next = at + buf[at + 1];
      if (next < at + 2 || next > end) {
        return 0;
      }
      if (buf[at] === kind) {
        return at;
      }
      at = next;
    }
  }
  return 0;
}

/** The blocks of a segment: ranges of ours that have arrived beyond the first hole. */
function takeBlocks(tcb: SackTcb, buf: Uint8Array, header: number, data: number): void {
  const at = sackOption(buf, header + TCP_HEADER, data, Kind.Sack);
  if (at) {
    const stop = at + buf[at + 1] - 8;
    for (let block = at + 2; block <= stop; block += 8) {
      const from = tcb._una + ((getU32(buf, block) - tcb._iss - tcb._una) | 0);
      const to = tcb._una + ((getU32(buf, block + 4) - tcb._iss - tcb._una) | 0);
      // Duplicates that are told (RFC 2883), and what was never sent, are passed over.
      if (from >= tcb._una && from < to && to <= tcb._max) {
        addRange(tcb._sacked as Range[], from, to);
      }
    }
  }
}

/** Sorted, and apart from each other. */
function addRange(ranges: Range[], from: number, to: number): void {
  let i = 0;
  while (i < ranges.length && ranges[i]._to < from) {
    i++;
  }
  let gone = 0;
  while (i + gone < ranges.length && ranges[i + gone]._from <= to) {
    from = min(from, ranges[i + gone]._from);
    to = max(to, ranges[i + gone]._to);
    gone++;
  }
  if (gone || ranges.length < RANGES) {
    ranges.splice(i, gone, { _from: from, _to: to });
  }
}

/**
 * Behind inputTcb, which has entered recovery or stayed in it: what lies before the highest octet that has arrived, and
 * has not been sent again yet, is lost. Of that goes out what the congestion window has room for (RFC 6675 §5).
 */
function repair(tcb: SackTcb, ranges: Range[]): void {
  const una = tcb._una;
  while (ranges.length && ranges[0]._to <= una) {
    ranges.shift();
  }
  if (!tcb._recover) {
    tcb._repairing = 0;
    return;
  }
  if (tcb._repairing !== tcb._recover) {
    // Duplicate ACKs have begun it, and sent the first segment.
    tcb._repairing = tcb._recover;
    tcb._repaired = una + tcb._mss;
  }
  let seq = max(una, tcb._repaired as number);
  // What is on its way: all that was sent, without what has arrived and what is lost.
  let pipe = tcb._max - una;
  let from = una;
  for (let i = 0; i < ranges.length; i++) {
    pipe -= ranges[i]._to - ranges[i]._from + max(0, ranges[i]._from - max(from, seq));
    from = ranges[i]._to;
  }
  for (let i = 0; i < ranges.length; i++) {
    const hole = ranges[i]._from;
    while (seq < hole && pipe + tcb._mss <= tcb._cwnd) {
      const length = min(tcb._mss, hole - seq, tcb._dataEnd - seq);
      if (length <= 0) {
        return;
      }
      sendData(tcb, seq, length);
      seq += length;
      pipe += length;
      tcb._repaired = seq;
    }
    if (seq < hole) {
      return;
    }
    seq = max(seq, ranges[i]._to);
  }
}

function emitOptions(tcb: SackTcb, flags: number, end: number, length: number): number {
  const frame = tcb._stack._frame;
  if (flags & Flag.Syn) {
    if (tcb._sacked || tcb._state === TcpState.SynSent) {
      putU32(frame, end, 0x01010402); // Two to align it, permitted.
      end += 4;
    }
  } else if (tcb._sacked && (tcb._strays.length || tcb._twice)) {
    const blocks = blocksOf(tcb);
    if (tcb._twice) {
      blocks.unshift(tcb._twice);
      tcb._twice = null;
    }
    const count = min(blocks.length, BLOCKS, (netifMss(tcb._netif) - length - 4) >> 3);
    if (count > 0) {
      putU32(frame, end, 0x01010500 + 8 * count + 2);
      end += 4;
      for (let i = 0; i < count; i++) {
        putU32(frame, end, tcb._irs + blocks[i]._from);
        putU32(frame, end + 4, tcb._irs + blocks[i]._to);
        end += 8;
      }
    }
  }
  return end;
}

/** What came out of order, as few ranges; the one of the last segment first (RFC 2018 §4). */
function blocksOf(tcb: SackTcb): Range[] {
  const ranges: Range[] = [];
  const strays = tcb._strays;
  for (let i = 0; i < strays.length; i++) {
    const from = strays[i]._seq;
    const to = from + strays[i]._bytes.length;
    const last = ranges[ranges.length - 1];
    if (last && from <= last._to) {
      last._to = max(last._to, to);
    } else {
      ranges.push({ _from: from, _to: to });
    }
  }
  for (let i = ranges.length; i--;) {
    if (ranges[i]._from <= (tcb._lastSeq as number) && (tcb._lastSeq as number) < ranges[i]._to) {
      ranges.unshift(ranges.splice(i, 1)[0]);
      break;
    }
  }
  return ranges;
}
