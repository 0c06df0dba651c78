/** The automaton with hooks that write down what it does. */

import { Event, State } from '../../modules/ppp/automaton';
import { Fsm, fsmEvent, fsmInput, fsmPoll, fsmReset } from '../../modules/ppp/fsm';
import type { Link } from '../../modules/ppp/link-types';
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

/** The part of a link that the machine has to do with. */
type Line = Pick<Link, '_nowMs' | '_buf' | '_restartMs' | '_otherId' | '_send'>;

export class Machine {
  readonly did: string[] = [];
  readonly sent: { atMs: number; bytes: number[] }[] = [];
  readonly link: Line;
  readonly fsm: Fsm;
  /** Suggests another value for every option. */
  naks = false;

  constructor() {
    this.link = {
      _nowMs: 0,
      _buf: new Uint8Array(520),
      _restartMs: 300,
      _otherId: 0,
      _send: (_protocol, from, at, end) => {
        this.sent.push({ atMs: this.link._nowMs, bytes: Array.from(from.subarray(at, end)) });
        this.did.push(SENDS[from[at]] ?? `code ${from[at]}`);
      },
    };
    this.fsm = {
      _link: this.link as Link,
      _protocol: 0xc021,
      _lengths: { 5: 6, 7: 2 },
      _maxNaks: 1000,
      _judge: (_fsm, _type, _length, value) => (this.naks ? value + 1 : value),
      _naked: (fsm, type) => fsm._ours[type],
      _up: () => this.did.push('tlu'),
      _down: () => this.did.push('tld'),
      _finished: () => this.did.push('tlf'),
      _code: (fsm, code, from, at, end) => {
        // What LCP does with an Echo-Request (RXR).
        if (code === 9 && fsm._state === State.Opened) {
          from[at] = 10;
          fsm._link._send(fsm._protocol, from, at, end);
        }
        return code === 9;
      },
      _id: 0,
    } as Partial<Fsm> as Fsm;
    fsmReset(this.fsm, { 7: 0 });
  }

  /** With a packet for the actions that answer one. */
  event(event: Event): void {
    fsmEvent(this.fsm, event, Uint8Array.of(1, 33, 0, 4), 0, 4);
  }

  input(text: string): void {
    const { body } = packetOf(text);
    fsmInput(this.fsm, body, 0, body.length);
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
