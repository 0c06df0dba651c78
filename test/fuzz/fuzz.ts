/**
 * Mutated inputs against a link, in blocks: a block is all there is to repeat a failure, and depends on nothing but the
 * target, the seed and its number. Each begins with a fresh link in one of the phases and ends with the link closed,
 * opened again and carrying IP.
 */

import * as assert from 'uvu/assert';
import { AuthOption, Phase, linkPoll, linkPollAt } from '../../modules/ppp/link';
import { useIpv6cp } from '../../modules/ppp/ipv6cp';
import { useMschap } from '../../modules/ppp/mschap';
import { makeServer } from '../../modules/ppp/server';
import { useVj } from '../../modules/ppp/vj';
import { Protocol } from '../../modules/wire/control';
import { authenticatorProof, ntResponse } from '../../modules/wire/mschap';
import { ascii, concat, toHex } from '../helpers/bytes';
import { frameOf, type Packet, type Received } from '../helpers/ppp';
import { random, type Random } from '../helpers/random';
import { Rig } from '../helpers/rig';
import { TARGETS, type About, type Target, build, mutate } from './inputs';
import { md5Of, segment } from './parts';

useMschap();

export const BLOCK = 1000;

/** Frames that one input may bring about, timers included: a request, its reply, a rejection, an echo, and the like. */
const MOST_FRAMES = 12;

/** Octets that a link may hold on to from one input to the next. */
const MOST_KEPT = 4000;

const DEMANDS = [0, Protocol.Pap, Protocol.Chap, AuthOption.MsChap2] as const;
const OPTION = { [Protocol.Pap]: 'c023', [Protocol.Chap]: 'c22305', [AuthOption.MsChap2]: 'c22381' };

type Demand = (typeof DEMANDS)[number];

/** A link for the target: a client's, mostly, else a server's. */
function makeLink(r: Random, target: Target): { t: Rig; demand: Demand; isServer: boolean } {
  const t = new Rig({ user: 'me', key: 'secret', seed: r.u32() });
  const isServer = r.below(4) === 0;
  let demand: Demand = target === 'mschap' ? AuthOption.MsChap2 : r.pick(DEMANDS);
  if (target === 'ipcp' || target === 'ipv6cp' || target === 'vj') {
    demand = 0;
  }
  if (isServer) {
    makeServer(t.link, {
      _demandAuth: demand,
      _secretOf: (user) => (user === 'me' || user.endsWith('User') ? ascii('secret') : null),
      _address: 0x0a000001,
      _peerAddress: 0x0a000002,
      _dns1: 0x0a000003,
      _dns2: 0,
    });
  }
  const ipv6 = useIpv6cp(t.link);
  ipv6._enabled = target === 'ipv6cp' || r.below(2) === 0;
  ipv6._silent = isServer;
  const vj = useVj(t.link);
  vj._enabled = target === 'vj' || r.below(2) === 0;
  return { t, demand, isServer };
}

/** The last frame of each kind that a link has sent: protocol times 256 plus code. */
type Last = Map<number, Received>;

/** Reads what was said since the last time, and forgets it. */
function listen(t: Rig, last: Last): number {
  const count = t.log.length;
  for (const { frame } of t.log) {
    last.set(frame.protocol * 256 + frame.body[0], frame);
  }
  t.log.length = t.heard.length = t.packets.length = t.phases.length = 0;
  return count;
}

const CHALLENGE = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
const ME = ascii('me');
const KEY = ascii('secret');

/** What a peer that knows the key says to the client's Response. */
function proofOf(response: Uint8Array): Uint8Array {
  return authenticatorProof(CHALLENGE, response.slice(5, 21), ME, KEY, response.slice(29, 53));
}

/** The good peer's next step, so that the link gets on between the inputs. */
function help(t: Rig, r: Random, last: Last, demand: Demand, isServer: boolean): void {
  const ack = (protocol: number): void => {
    listen(t, last);
    const request = last.get(protocol * 256 + 1);
    if (request) {
      t.says({ protocol, body: concat([2], request.body.subarray(1)) });
    }
  };
  const { link } = t;
  const id = r.below(256);
  if (link._phase === Phase.Establish) {
    const auth = demand && !isServer ? ` auth=${OPTION[demand]}` : '';
    t.says(`lcp req ${id} accm=00000000 magic=01020304 pfc acfc${auth}`);
    ack(Protocol.Lcp);
  } else if (link._phase === Phase.Authenticate && !isServer) {
    if (demand === Protocol.Pap) {
      t.says(`pap ack ${link._authId & 255}`);
    } else {
      t.says(`chap challenge ${id} ${toHex(CHALLENGE)}:peer`);
      listen(t, last);
      const response = last.get(Protocol.Chap * 256 + 2)?.body;
      t.says(`chap success ${id} ${response && response[4] === 49 ? toHex(proofOf(response)) : ''}`);
    }
  } else if (link._phase === Phase.Authenticate && demand === Protocol.Pap) {
    t.says(`pap req ${id} me:secret`);
  } else if (link._phase === Phase.Authenticate) {
    listen(t, last);
    const challenge = last.get(Protocol.Chap * 256 + 1)?.body;
    if (challenge) {
      const given = challenge.slice(5, 21);
      const value =
        demand === Protocol.Chap
          ? md5Of(concat([challenge[1]], KEY, given))
          : concat(CHALLENGE, new Uint8Array(8), ntResponse(given, CHALLENGE, ME, KEY), [0]);
      t.says(`chap response ${challenge[1]} ${toHex(value)}:me`);
    }
  } else if (link._phase === Phase.Network) {
    t.says(`ipcp nak ${link._ipcp._id & 255} addr=10.0.0.2`);
    ack(Protocol.Ipcp);
    // Whether the link takes compressed headers shows in what it asks for itself.
    const asked = last.get(Protocol.Ipcp * 256 + 1)?.body[4] === 2;
    t.says(`ipcp req ${id}${asked ? ' vj=002d0f01' : ''} addr=10.0.0.${isServer ? 2 : 1}`);
  } else if (link._phase === Phase.Running) {
    ack(Protocol.Ipv6cp);
    t.says(`ipv6cp req ${id} id=0200000000000001`);
    t.send(segment(id, r.below(4), r.below(100)));
  } else if (link._phase === Phase.Dead) {
    t.open();
  }
}

function aboutOf(t: Rig, last: Last): About {
  const challenge = last.get(Protocol.Chap * 256 + 1);
  return {
    lcpId: t.link._lcp._id,
    ipcpId: t.link._ipcp._id,
    ipv6cpId: last.get(Protocol.Ipv6cp * 256 + 1)?.body[1] ?? 0,
    authId: challenge ? challenge.body[1] : t.link._authId,
    requestOf: (protocol) => last.get(protocol * 256 + 1)?.body.subarray(4) ?? new Uint8Array(0),
    challenge: challenge ? challenge.body.subarray(5, 21) : new Uint8Array(16),
  };
}

/** Octets on the line for one input: a good frame of it, mostly; damaged where the framer is meant. */
function onTheLine(r: Random, target: Target, packet: Packet): Uint8Array {
  const framing = { accm: r.below(2) ? -1 : 0, acfc: r.below(3) === 0, pfc: r.below(3) === 0 };
  const frame = frameOf(packet, framing);
  if (target !== 'framer' && r.below(60)) {
    return frame;
  }
  const bytes = mutate(r, mutate(r, frame));
  return r.below(4) ? bytes : concat(bytes, r.pick([[0x7e], [0x7d], [0x7d, 0x7e], [0x7e, 0x7e], [0x0d, 0x0a]]));
}

/** A link that was ill-treated ends when it is told to, opens again, and carries IP with a good peer. */
function recovers(t: Rig, last: Last, demand: Demand, isServer: boolean): void {
  t.close();
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(linkPollAt(t.link), Infinity);
  t.open();
  const r = random(1);
  for (let i = 0; i < 8 && t.link._phase < Phase.Running; i++) {
    help(t, r, last, demand, isServer);
    t.wait(100);
  }
  assert.is(t.link._phase, Phase.Running, `phase ${t.phase}, reason '${t.reason}'`);
}

/** @throws with the number of the input that did it */
export function fuzzBlock(target: Target, seed: number, block: number): void {
  const r = random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(block, 0x85ebca6b) ^ (TARGETS.indexOf(target) << 24)) | 0);
  const { t, demand, isServer } = makeLink(r, target);
  const { link } = t;
  let i = 0;
  const last: Last = new Map();
  let bytes: Uint8Array = new Uint8Array(0);
  try {
    t.open();
    for (let steps = r.below(5); steps > 0; steps--) {
      help(t, r, last, demand, isServer);
    }
    for (; i < BLOCK; i++) {
      listen(t, last);
      bytes = onTheLine(r, target, buildInput(r, target, aboutOf(t, last)));
      const split = r.below(6) ? bytes.length : r.below(bytes.length + 1);
      t.raw(bytes.subarray(0, split));
      t.raw(bytes.subarray(split));
      if (r.below(8) === 0) {
        t.nowMs += r.below(500);
        linkPoll(link, t.nowMs);
      } else if (r.below(300) === 0) {
        t.wait(r.below(20000)); // Long enough for keepalive, and for giving up.
        listen(t, last);
        continue;
      }
      const frames = listen(t, last);
      assert.ok(frames <= MOST_FRAMES, `${frames} frames come of it`);
      assert.ok(!(linkPollAt(link) < 0), 'a deadline is a number');
      if (r.below(target === 'framer' || target === 'link' ? 12 : 6) === 0) {
        help(t, r, last, demand, isServer);
      }
    }
    assert.ok(link._buf.length + link._framer._buf.length + link._lcp._acked.length < 3 * MOST_KEPT);
    assert.ok(Object.keys(link._lcp._theirs).length < 256 && Object.keys(link._ipcp._ours).length < 256);
    i = BLOCK;
    recovers(t, last, demand, isServer);
  } catch (error) {
    const what = `target ${target}, seed ${seed}, block ${block} (from ${block * BLOCK}), input ${i}`;
    throw new Error(`${what}: ${Buffer.from(bytes).toString('hex')}\n${(error as Error).stack}`);
  }
}

function buildInput(r: Random, target: Target, about: About): Packet {
  const { protocol, body } = build(r, target === 'framer' ? 'link' : target, about);
  return { protocol, body: mutate(r, body) };
}
