/** The IP Control Protocol's options: RFC 1332, and the name servers of RFC 1877. */

import { getU32, putU32 } from '../wire/bytes';
import { Protocol } from '../wire/control';
import { Fsm, Hooks, Shared, Verdict, createFsm, fsmReset } from './fsm';

export const enum Option {
  Address = 3,
  Dns1 = 129,
  Dns2 = 131,
}

const OPTIONS = [Option.Address, Option.Dns1, Option.Dns2];

/** 10.64.64.64, which PPP implementations show for a peer that names no address. */
export const UNNAMED_PEER = 0x0a404040;

/** Unsigned 32-bit addresses by option type. */
export interface Addresses {
  [type: number]: number;
}

export interface IpcpOwner {
  _send(protocol: number, plain: boolean, buf: Uint8Array, at: number, end: number): void;
  _ipcpUp(): void;
  _ipcpDown(): void;
  _ipcpFinished(): void;
}

export interface Ipcp {
  _fsm: Fsm<Ipcp>;
  _owner: IpcpOwner;
  /** What is asked for, 0 to be given one; rejected ones are missing. */
  _ours: Addresses;
  /** What the peer is given: by a server all three, by a client only a name for a peer that has none. */
  _gives: Addresses;
  _peerAddress: number;
}

export function createIpcp(owner: IpcpOwner, shared: Shared): Ipcp {
  const ipcp = { _owner: owner, _ours: {}, _gives: {}, _peerAddress: 0 } as unknown as Ipcp;
  ipcp._fsm = createFsm(hooks, ipcp, shared);
  return ipcp;
}

/**
 * Sets what will be asked for at the next start.
 * @param address our own, 0 to be given one
 * @param askDns whether to ask for name servers
 */
export function ipcpReset(ipcp: Ipcp, address: number, askDns: boolean): void {
  ipcp._ours = {};
  ipcp._ours[Option.Address] = address;
  if (askDns) {
    ipcp._ours[Option.Dns1] = ipcp._ours[Option.Dns2] = 0;
  }
  fsmReset(ipcp._fsm);
}

function emit(buf: Uint8Array, at: number, type: number, address: number): number {
  buf[at] = type;
  buf[at + 1] = 6;
  putU32(buf, at + 2, address);
  return at + 6;
}

function emitOptions(ipcp: Ipcp, buf: Uint8Array, at: number): number {
  for (let i = 0; i < OPTIONS.length; i++) {
    const address = ipcp._ours[OPTIONS[i]];
    if (address !== undefined) {
      at = emit(buf, at, OPTIONS[i], address);
    }
  }
  return at;
}

function judge(ipcp: Ipcp, buf: Uint8Array, at: number, end: number, out: Uint8Array, to: number): Verdict {
  if (end - at !== 6) {
    return Verdict.Reject;
  }
  const type = buf[at];
  const address = getU32(buf, at + 2);
  let give = ipcp._gives[type];
  if (type === Option.Address) {
    // A client takes any address of its peer. One that has none, and asks for it, ends IPCP when it gets none (slirp
    // does): it is given the customary stand-in.
    give = ipcp._peerAddress = give || address || UNNAMED_PEER;
  }
  if (!give) {
    return Verdict.Reject;
  }
  if (address === give) {
    return Verdict.Ack;
  }
  emit(out, to, type, give);
  return Verdict.Nak;
}

function naked(ipcp: Ipcp, buf: Uint8Array, at: number, end: number): void {
  const type = buf[at];
  if (end - at === 6 && OPTIONS.indexOf(type) >= 0) {
    // A Nak of our address with none in it is a way of stalling.
    ipcp._ours[type] = getU32(buf, at + 2) || (type === Option.Address ? ipcp._ours[type] || 0 : 0);
  }
}

const hooks: Hooks<Ipcp> = {
  // Some modems stall with Naks until the network has answered.
  _maxNaks: 100,
  _emitOptions: emitOptions,
  _requestBegins: function (ipcp) {
    ipcp._peerAddress = 0;
  },
  _judge: judge,
  _naked: naked,
  _rejected: function (ipcp, type) {
    delete ipcp._ours[type];
  },
  _up: function (ipcp) {
    ipcp._owner._ipcpUp();
  },
  _down: function (ipcp) {
    ipcp._owner._ipcpDown();
  },
  _finished: function (ipcp) {
    ipcp._owner._ipcpFinished();
  },
  _code: function () {
    return false;
  },
  _send: function (ipcp, buf, at, end) {
    ipcp._owner._send(Protocol.Ipcp, false, buf, at, end);
  },
};
