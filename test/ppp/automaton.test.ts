/** RFC 1661 §4.1, cell by cell. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Event, State } from '../../modules/ppp/automaton';
import { Machine } from '../helpers/machine';

/** The table as the RFC prints it, its two halves side by side. */
const RFC = `
Events| 0 Init   1 Start   2 Closed  3 Stopped     4 Closing 5 Stopping 6 ReqSent 7 AckRcvd 8 AckSent 9 Opened
 Up   |    2     irc,scr/6    -         -              -         -         -         -         -         -
 Down |    -         -        0       tls/1            0         1         1         1         1       tld/1
 Open |  tls/1       1    irc,scr/6     3r             5r        5r        6         7         8         9r
 Close|    0       tlf/0      2         2              4         4     irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4
  TO+ |    -         -        -         -            str/4     str/5     scr/6     scr/6     scr/8       -
  TO- |    -         -        -         -            tlf/2     tlf/3     tlf/3p    tlf/3p    tlf/3p      -
 RCR+ |    -         -      sta/2 irc,scr,sca/8        4         5       sca/8   sca,tlu/9   sca/8   tld,scr,sca/8
 RCR- |    -         -      sta/2 irc,scr,scn/6        4         5       scn/6     scn/7     scn/6   tld,scr,scn/6
 RCA  |    -         -      sta/2     sta/3            4         5       irc/7     scr/6x  irc,tlu/9  tld,scr/6x
 RCN  |    -         -      sta/2     sta/3            4         5     irc,scr/6   scr/6x  irc,scr/8  tld,scr/6x
 RTR  |    -         -      sta/2     sta/3          sta/4     sta/5     sta/6     sta/6     sta/6   tld,zrc,sta/5
 RTA  |    -         -        2         3            tlf/2     tlf/3       6         6         8      tld,scr/6
 RUC  |    -         -      scj/2     scj/3          scj/4     scj/5     scj/6     scj/7     scj/8     scj/9
 RXJ+ |    -         -        2         3              4         5         6         6         8         9
 RXJ- |    -         -      tlf/2     tlf/3          tlf/2     tlf/3     tlf/3     tlf/3     tlf/3   tld,irc,str/5
 RXR  |    -         -        2         3              4         5         6         7         8       ser/9
`;

const STATES = 'Initial Starting Closed Stopped Closing Stopping Req-Sent Ack-Rcvd Ack-Sent Opened'.split(' ');

const MAX_CONFIGURE = 10;
const MAX_TERMINATE = 2;

/** Replies need the packet they answer, so these come in as packets; the others are events pure and simple. */
const EVENTS: Record<string, (machine: Machine) => void> = {
  Up: (m) => m.event(Event.Up),
  Down: (m) => m.event(Event.Down),
  Open: (m) => m.event(Event.Open),
  Close: (m) => m.event(Event.Close),
  'TO+': (m) => m.event(Event.TimeoutMore),
  'TO-': (m) => m.event(Event.TimeoutLast),
  'RCR+': (m) => m.input('lcp req 33 pfc'),
  'RCR-': (m) => {
    m.naks = true;
    m.input('lcp req 33 magic=00000000');
  },
  RCA: (m) => m.event(Event.ConfigureAck),
  RCN: (m) => m.event(Event.ConfigureNak),
  RTR: (m) => m.input('lcp termreq 33'),
  RTA: (m) => m.input('lcp termack 33'),
  RUC: (m) => m.input('lcp code77 33 0102'),
  'RXJ+': (m) => m.input('lcp coderej 33 4d220004'),
  'RXJ-': (m) => m.input('lcp coderej 33 01220004'),
  RXR: (m) => m.input('lcp echo 33 01020304'),
};

const rows = RFC.trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [event, cells] = line.split('|');
    return { event: event.trim(), cells: cells.trim().split(/\s+/) };
  });

test('the table above is whole', () => {
  assert.is(rows.length, 16);
  rows.forEach(({ event, cells }) => assert.is(cells.length, 10, event));
  assert.equal(
    rows.map(({ event }) => event),
    Object.keys(EVENTS),
  );
  assert.is(State.Opened, 9);
});

for (const { event, cells } of rows) {
  cells.forEach((cell, state) => {
    test(`${event} in ${STATES[state]}: ${cell}`, () => {
      const machine = new Machine();
      const { fsm } = machine;
      // A counter and a deadline that no rule would set.
      const COUNT = 77;
      fsm._state = state as State;
      fsm._restartCount = COUNT;
      fsm._restartMs = 300;
      fsm._timeoutAtMs = state >= 4 && state <= 8 ? 5 : Infinity;
      const deadline = fsm._timeoutAtMs;
      machine.link._nowMs = 4;
      EVENTS[event](machine);

      if (cell === '-') {
        assert.equal(machine.did, [], 'no action');
        assert.is(fsm._state, state, 'no change');
        assert.is(fsm._restartCount, COUNT);
        assert.is(fsm._timeoutAtMs, deadline);
        return;
      }
      // p, r and x stand for options and notes that change neither the actions nor the state here.
      const [, list, next] = /^(?:(.*)\/)?(\d)[prx]?$/.exec(cell)!;
      const actions = list ? list.split(',') : [];
      const counted = actions.filter((action) => /^sc?[rt]r?$|^scr$|^str$/.test(action)).length;
      const initial = actions.includes('zrc')
        ? 0
        : actions.includes('irc')
          ? actions.includes('str')
            ? MAX_TERMINATE
            : MAX_CONFIGURE
          : COUNT;
      // irc and zrc show in the counter. This-Layer-Started has nobody to tell: the link is the one that starts it.
      const visible = actions.filter((action) => !/^(irc|zrc|tls)$/.test(action));
      assert.equal(machine.did.slice().sort(), visible.slice().sort(), 'actions');
      assert.is(fsm._state, Number(next), 'next state');
      assert.is(fsm._restartCount, initial - counted, 'restart counter');
      if (fsm._state < 4 || fsm._state === 9) {
        assert.is(fsm._timeoutAtMs, Infinity, '§4.2: the timer does not run in this state');
      } else if (actions.includes('scr') || actions.includes('str') || actions.includes('zrc')) {
        assert.ok(fsm._timeoutAtMs > 4 && fsm._timeoutAtMs < Infinity, 'the timer runs anew');
      } else if (deadline !== Infinity && !actions.includes('irc')) {
        assert.is(fsm._timeoutAtMs, deadline, 'the timer goes on');
      }
    });
  });
}

test('a layer goes down before anything is sent, and up after', () => {
  const order = (state: State, event: string): string[] => {
    const machine = new Machine();
    machine.fsm._state = state;
    machine.fsm._restartMs = 300;
    EVENTS[event](machine);
    return machine.did;
  };
  assert.is(order(State.Opened, 'RCR+')[0], 'tld');
  assert.is(order(State.Opened, 'Close')[0], 'tld');
  assert.is(order(State.AckRcvd, 'RCR+').pop(), 'tlu');
});

test.run();
