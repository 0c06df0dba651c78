/** The automaton with hooks that write down what it does. */

import { Event } from '../../modules/ppp/automaton';
import { Fsm, Hooks, Shared, Verdict, createFsm, fsmEvent, fsmInput, fsmPoll } from '../../modules/ppp/fsm';

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
  readonly shared: Shared;
  readonly fsm: Fsm<Machine>;
  verdict: Verdict = Verdict.Ack;

  constructor() {
    const buf = new Uint8Array(1100);
    this.shared = { _nowMs: 0, _buf: buf, _restartMs: 300 };
    const hooks: Hooks<Machine> = {
      _maxNaks: 1000,
      _emitOptions: (_self, out, at) => {
        out.set([7, 2], at);
        return at + 2;
      },
      _requestBegins: () => {},
      _judge: (self, from, at, end, out, to) => {
        if (self.verdict === Verdict.Nak) {
          out.set(from.subarray(at, end), to);
        }
        return self.verdict;
      },
      _naked: () => {},
      _rejected: () => {},
      _up: (self) => self.did.push('tlu'),
      _down: (self) => self.did.push('tld'),
      _finished: (self) => self.did.push('tlf'),
      _code: (self, code, from, at) => {
        if (code !== 9) {
          return false;
        }
        // What LCP does with an Echo-Request.
        from[at - 4] = 10;
        fsmEvent(self.fsm, Event.Echo);
        return true;
      },
      _send: (self, from, at, end) => {
        self.sent.push({ atMs: self.shared._nowMs, bytes: Array.from(from.subarray(at, end)) });
        self.did.push(SENDS[from[at]] ?? `code ${from[at]}`);
      },
    };
    this.fsm = createFsm(hooks, this as Machine, this.shared);
  }

  event(event: Event): void {
    fsmEvent(this.fsm, event);
  }

  input(text: string): void {
    const { body } = packetOf(text);
    fsmInput(this.fsm, body, 0, body.length);
  }

  /** Lets time pass, event by event. */
  until(ms: number): void {
    while (this.fsm._timeoutAtMs <= ms) {
      this.shared._nowMs = this.fsm._timeoutAtMs;
      fsmPoll(this.fsm);
    }
    this.shared._nowMs = ms;
    fsmPoll(this.fsm);
  }
}
