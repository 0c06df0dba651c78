/** The automaton with hooks that write down what it does. */

import { Event, State } from '../../modules/ppp/automaton';
import { fsmEvent, fsmPoll, fsmReset } from '../../modules/ppp/fsm';
import type { Fsm } from '../../modules/ppp/fsm-types';
import { lcpInput } from '../../modules/ppp/lcp';
import type { Link } from '../../modules/ppp/link-types';
import { controlEnd } from '../../modules/wire/control';
import { packetOf } from './ppp';

/** Sent packets by their code. */
const SENDS: Record<number, string> = {
  1: 'scr',
  2: 'sca',
  3: 'scn',
  4: 'scn',
  5: 'str',
  6: 'sta',
  7: 'scj',
  10: 'ser',
};

export class Machine {
  readonly did: string[] = [];
  readonly sent: { atMs: number; bytes: number[] }[] = [];
  /** As much of one as the machine has to do with. */
  readonly link: Link;
  readonly fsm: Fsm;
  /** Suggests another value for every option. */
  naks = false;

  constructor() {
    const link: Partial<Link> = {
      _nowMs: 0,
      _buf: new Uint8Array(520),
      _restartMs: 300,
      _maxConfigure: 10,
      _lastId: 0,
      _send: (_protocol, from, at, end) => {
        this.sent.push({ atMs: this.link._nowMs, bytes: Array.from(from.subarray(at, end)) });
        this.did.push(SENDS[from[at]] ?? `code ${from[at]}`);
      },
    };
    this.link = link as Link;
    this.fsm = {
      _link: this.link,
      _protocol: 0xc021,
      _lengths: { 5: 6, 7: 2 },
      _maxNaks: 1000,
      _judge: (_fsm, _type, _length, value) => (this.naks ? value + 1 : value),
      _naked: (fsm, type) => fsm._ours[type],
      _layer: (_fsm, what) => this.did.push(['tld', 'tlu', 'tlf'][what]),
    } as Partial<Fsm> as Fsm;
    this.link._lcp = this.fsm;
    fsmReset(this.fsm, { 7: 0 });
    this.fsm._state = State.Initial;
  }

  /** With a packet for the actions that answer one. */
  event(event: Event): void {
    fsmEvent(this.fsm, event, Uint8Array.of(1, 33, 0, 4), 0, 4);
  }

  input(text: string): void {
    const { body } = packetOf(text);
    lcpInput(this.link, body, 0, controlEnd(body, 0, body.length));
  }

  /** Lets time pass, event by event. */
  until(ms: number): void {
    while (this.fsm._timeoutAtMs <= ms) {
      this.link._nowMs = this.fsm._timeoutAtMs;
      fsmPoll(this.fsm);
    }
    this.link._nowMs = ms;
    fsmPoll(this.fsm);
  }
}
