/** PPP in the server's role on one stream: one link after the other. */

import type { Duplex } from 'node:stream';
import { utf8Bytes } from '../../modules/wire/bytes';
import { Protocol } from '../../modules/wire/control';
import { stackFlush } from '../../modules/inet/stack';
import {
  createLink,
  type Link,
  linkClose,
  linkInput,
  linkMtu,
  linkOpen,
  linkPoll,
  linkPollAt,
  linkSend,
} from '../../modules/ppp/link';
import { AuthOption, Phase } from '../../modules/ppp/link-types';
import { useIpv6cp } from '../../modules/ppp/ipv6cp';
import { makeServer } from '../../modules/ppp/server';
import { useVj } from '../../modules/ppp/vj';
import { type Host, hostRearm, type Pollable } from '../../modules/network/host';
import type { Settings, Trace } from './options';

/** Bytes waiting for the line beyond which packets are lost, as at any router: two full windows. */
const LINE_QUEUE_BYTES = 32768;

const AUTH_PROTOCOL = { none: 0, pap: Protocol.Pap, chap: Protocol.Chap, mschapv2: AuthOption.MsChap2 };

export interface LinkDown {
  /**
   * As in the board's status('reason'): 'terminated' by the board, 'user' from here, 'auth-failed', 'peer-dead' and so
   * on; and 'line-ended'.
   */
  reason: string;
  /** Who has authenticated, or tried to; '' when nobody had to. */
  user: string;
  /** Whether IP ever passed. */
  wasUp: boolean;
  seconds: number;
  /** On the line, frames and all. */
  receivedBytes: number;
  sentBytes: number;
}

/** Who is told. */
export interface ServerOwner {
  /** IP passes from now on, packets up to `mtu`. */
  _up(user: string, connectMs: number, mtu: number): void;
  /** IP has stopped: the link ends or is negotiated anew. */
  _down(): void;
  _packet(buf: Uint8Array, at: number, end: number, nowMs: number): void;
  _linkEnded(report: LinkDown): void;
}

export class PppServer implements Pollable {
  private readonly link: Link;
  private readonly takeBytes = (chunk: Uint8Array): void => this.input(chunk);
  private user = '';
  private isUp = false;
  private wasUp = false;
  /** Of the current link, when the board spoke first; and where the counters stood. */
  private began: { atMs: number; rxBytes: number; txBytes: number } | null = null;
  private rxBytesBefore = 0;
  private isStopping = false;
  private finish: () => void = () => {};

  constructor(
    private readonly host: Host,
    private readonly stream: Duplex,
    private readonly settings: Settings,
    private readonly owner: ServerOwner,
    trace: Trace | undefined,
  ) {
    this.link = this.createLink(trace);
  }

  /** Serves until the stream ends or stop() is called. Rejects with the stream's error. */
  async run(): Promise<void> {
    const { stream, host } = this;
    host._pollables.push(this);
    try {
      this.open();
      await new Promise<void>((resolve, reject) => {
        this.finish = resolve;
        stream.on('data', this.takeBytes);
        stream.once('end', resolve);
        stream.once('close', resolve);
        stream.once('error', reject);
      });
    } finally {
      host._pollables.splice(host._pollables.indexOf(this), 1);
      stream.off('data', this.takeBytes);
      this.wentDown();
      this.report(this.link._reason || 'line-ended');
    }
  }

  /** Ends the link in order, which takes a second at most, and then run(). */
  stop(): void {
    this.isStopping = true;
    linkClose(this.link, this.now());
    hostRearm(this.host);
    if (this.link._phase === Phase.Dead) {
      this.finish();
    }
  }

  /** Sends an IP packet; false when the line has no room for it or does not carry IP. */
  send(buf: Uint8Array, at: number, end: number): boolean {
    return this.stream.writableLength <= LINE_QUEUE_BYTES && linkSend(this.link, buf, at, end, this.host._stack._nowMs);
  }

  _poll(nowMs: number): void {
    linkPoll(this.link, nowMs);
  }

  _pollAt(): number {
    return linkPollAt(this.link);
  }

  private now(): number {
    return this.host._nowMs();
  }

  private createLink(trace: Trace | undefined): Link {
    const { settings, host, stream } = this;
    const { _mtu: MTU, _mru: MRU, _frameBuffer: FRAME_BUFFER } = host._bounds;
    const link: Link = createLink(
      {
        _write: (bytes) => {
          if (stream.writable) {
            stream.write(bytes);
          }
        },
        _random32: host._random32,
        _phaseChanged: (phase) => (phase === Phase.Running ? this.cameUp() : this.wentDown()),
        _ended: () => this.ended(),
        _packet: (buf, at, end) => this.owner._packet(buf, at, end, link._nowMs),
        _trace: (sent, protocol, buf, at, end) => {
          this.begin(sent);
          trace?.(sent, protocol, buf.subarray(at, end));
        },
      },
      MTU,
      FRAME_BUFFER,
    );
    makeServer(link, {
      _demandAuth: AUTH_PROTOCOL[settings.auth],
      _secretOf: (name) => {
        this.user = Buffer.from(name, 'latin1').toString();
        return this.user === settings.user ? utf8Bytes(settings.key) : null;
      },
      _address: settings.address,
      _peerAddress: settings.peerAddress,
      _dns1: settings.dns,
      // The same again: a client that asks for two is spared a reject and a round trip.
      _dns2: settings.dns,
    });
    if (settings.vj) {
      useVj(link);
    }
    if (settings.ipv6) {
      useIpv6cp(link)._silent = true;
    }
    link._mru = MRU;
    // CHAP names the one who challenges.
    link._user = utf8Bytes('micronic');
    return link;
  }

  private input(chunk: Uint8Array): void {
    this.rxBytesBefore = this.link._framer._stats.rxBytes;
    linkInput(this.link, chunk, chunk.length, this.now());
    stackFlush(this.host._stack);
    hostRearm(this.host);
  }

  /** A link begins with the first packet that is worth an answer. */
  private begin(isAnswer: boolean): void {
    if (isAnswer && !this.began) {
      this.began = { atMs: this.now(), rxBytes: this.rxBytesBefore, txBytes: this.link._stats.txBytes };
    }
  }

  private open(): void {
    this.user = '';
    this.wasUp = false;
    linkOpen(this.link, this.now());
    hostRearm(this.host);
  }

  private cameUp(): void {
    this.isUp = this.wasUp = true;
    this.owner._up(this.user, this.began ? this.now() - this.began.atMs : 0, linkMtu(this.link, this.link._mru));
  }

  private wentDown(): void {
    if (this.isUp) {
      this.isUp = false;
      this.owner._down();
    }
  }

  private ended(): void {
    this.report(this.link._reason);
    if (this.isStopping) {
      this.finish();
      return;
    }
    // Not before the link has returned from what ended it.
    queueMicrotask(() => {
      if (!this.isStopping && this.link._phase === Phase.Dead) {
        this.open();
      }
    });
  }

  private report(reason: string): void {
    const { began, link } = this;
    if (began) {
      this.began = null;
      this.owner._linkEnded({
        reason,
        user: this.user,
        wasUp: this.wasUp,
        seconds: (this.now() - began.atMs) / 1000,
        receivedBytes: link._framer._stats.rxBytes - began.rxBytes,
        sentBytes: link._stats.txBytes - began.txBytes,
      });
    }
  }
}
