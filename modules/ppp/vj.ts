/**
 * VJ header compression on a link: IPCP's option for it (RFC 1332 §3.2, §4), each way of its own. Optional: who wants it
 * calls useVj(). It pays on slow lines, for TCP without time stamps: 40 octets of headers become 4 to 10.
 */

import { Protocol } from '../wire/control';
import { VJ_HEADER } from '../wire/vj';
import { VjReceiver, createVjReceiver, vjDecompress, vjUncompressed } from '../wire/vj-receive';
import { VjSender, VjType, createVjSender, vjCompress, vjRestore } from '../wire/vj-send';
import { addExtra } from './extra';
import { Layer } from './fsm-types';
import { DEFAULT_MRU } from './lcp';
import { Link, Phase } from './link-types';

/** IPCP's option of IP compression; its value is the protocol, the largest slot, and whether its number may be left out. */
const COMPRESSION = 2;

const OPTION_LENGTH = 6;

/** Slots each way, as everybody has them; 128 octets each, made when they are first needed. */
const SLOTS = 16;

const ASK = Protocol.VjCompressed * 0x10000 + ((SLOTS - 1) << 8) + 1;

export interface Vj {
  /** Whether the next connections ask for it, and let the peer have it. */
  _enabled: boolean;
  /** While the link carries IP, what was agreed on for each way. */
  _sender: VjSender | null;
  _receiver: VjReceiver | null;
}

/** Gives a link VJ compression; before linkOpen. */
export function useVj(link: Link): Vj {
  const ipcp = link._ipcp;
  const judge = ipcp._judge;
  const naked = ipcp._naked;
  const layer = ipcp._layer;
  const framer = link._framer._stats;
  const vj: Vj = { _enabled: true, _sender: null, _receiver: null };
  // Compressed packets are put together here.
  let packet: Uint8Array | null = null;
  let damaged = 0;

  ipcp._lengths[COMPRESSION] = OPTION_LENGTH;
  ipcp._judge = function (fsm, type, length, value, buf, at) {
    if (type === COMPRESSION) {
      return vj._enabled && value >>> 16 === Protocol.VjCompressed ? value : undefined;
    }
    return judge(fsm, type, length, value, buf, at);
  };
  ipcp._naked = function (fsm, type, length, value, buf, at) {
    if (type === COMPRESSION) {
      // Fewer slots are fine, another protocol is not, and nothing is taken that was not asked for.
      return length === OPTION_LENGTH && value >>> 16 === Protocol.VjCompressed && value < (fsm._ours[type] || 0)
        ? value
        : undefined;
    }
    return naked(fsm, type, length, value, buf, at);
  };
  ipcp._layer = function (fsm, what) {
    stop();
    if (what === Layer.Up) {
      const theirs = fsm._theirs[COMPRESSION];
      const ours = fsm._ours[COMPRESSION];
      if (theirs !== undefined) {
        vj._sender = createVjSender(Math.min((theirs >> 8) & 255, SLOTS - 1), (theirs & 255) > 0);
        link._sendIp = send;
      }
      if (ours !== undefined) {
        packet = packet || new Uint8Array(DEFAULT_MRU + VJ_HEADER);
        vj._receiver = createVjReceiver((ours >> 8) & 255);
        damaged = countDamaged();
      }
    }
    layer(fsm, what);
  };

  function stop(): void {
    link._sendIp = link._send;
    vj._sender = vj._receiver = null;
  }

  function send(protocol: number, buf: Uint8Array, at: number, end: number): void {
    const sender = vj._sender as VjSender;
    const type = vjCompress(sender, buf, at, end);
    link._send(
      type === VjType.Compressed ? Protocol.VjCompressed : type === VjType.Ip ? protocol : Protocol.VjUncompressed,
      buf,
      sender._at,
      end,
    );
    vjRestore(sender, buf, at, type);
  }

  function countDamaged(): number {
    return framer.badFcs + framer.aborted + framer.tooLong;
  }

  addExtra(link, {
    _input: function (protocol, buf, at, end) {
      const receiver = vj._receiver;
      const compressed = protocol === Protocol.VjCompressed;
      if (!receiver || link._phase !== Phase.Running || (!compressed && protocol !== Protocol.VjUncompressed)) {
        return false;
      }
      if (countDamaged() !== damaged) {
        // What was lost may have named a slot (RFC 1144 §4.1).
        damaged = countDamaged();
        receiver._toss = true;
      }
      const out = packet as Uint8Array;
      const length = compressed ? vjDecompress(receiver, buf, at, end, out) : 0;
      if (length) {
        link._owner._packet(out, 0, length, 0);
      } else if (!compressed && vjUncompressed(receiver, buf, at, end)) {
        link._owner._packet(buf, at, end, 0);
      } else {
        link._stats.dropped++;
      }
      return true;
    },
    _network: function (ours) {
      stop();
      if (ours && vj._enabled) {
        ours[COMPRESSION] = ASK;
      }
    },
    _rejected: function (protocol) {
      if (protocol === Protocol.VjCompressed || protocol === Protocol.VjUncompressed) {
        stop();
      }
    },
    _poll: function () {},
    _pollAt: function () {
      return Infinity;
    },
  });
  return vj;
}
