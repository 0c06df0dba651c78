/** The state transition table of RFC 1661 §4.1, in the RFC's own abbreviations. */

/** RFC 1661 §4.2. */
export const enum State {
  Initial,
  Starting,
  Closed,
  Stopped,
  Closing,
  Stopping,
  ReqSent,
  AckRcvd,
  AckSent,
  Opened,
}

/**
 * RFC 1661 §4.3; the number is the row of the table. RUC and RXR have none: neither changes the state, so their one
 * action is taken where the packet is looked at, in fsmInput() and lcpInput().
 */
export const enum Event {
  Up,
  Down,
  Open,
  Close,
  /** TO+, TO-: timeout with the restart counter above zero, and at zero. */
  TimeoutMore,
  TimeoutLast,
  /** RCR+, RCR-: an acceptable and an unacceptable Configure-Request. */
  GoodRequest,
  BadRequest,
  ConfigureAck,
  /** RCN: Configure-Nak or Configure-Reject. */
  ConfigureNak,
  TerminateRequest,
  TerminateAck,
  /** RXJ+, RXJ-: a reject that can be lived with, and a catastrophic one. */
  RejectPermitted,
  RejectFatal,
}

/**
 * What a cell says. RFC 1661 §4.4's actions are a bit each, above the next state plus one, or 0 for the same state.
 * This-Layer-Up and -Down are not here: they are what coming to Opened and leaving it mean. This-Layer-Started has
 * nobody to tell.
 */
export const enum Do {
  Next = 15,
  Irc = 1 << 4,
  Zrc = 1 << 5,
  Scr = 1 << 6,
  Str = 1 << 7,
  /** Sends what was made of the packet. */
  Sca = 1 << 8,
  Scn = 1 << 8,
  Sta = 1 << 9,
  Tlf = 1 << 10,
}

/** Columns: Initial Starting Closed Stopped Closing Stopping Req-Sent Ack-Rcvd Ack-Sent Opened. */
const TABLE =
  /* Up   */ '2A////////' +
  /* Down */ '//01011111' +
  /* Open */ '1/A/5/////' +
  /* Close*/ '/B/2/4CCCC' +
  /* TO+  */ '////DDFFE/' +
  /* TO-  */ '////GHHHH/' +
  /* RCR+ */ '//IJ//KLKM' +
  /* RCR- */ '//IN//POPQ' +
  /* RCA  */ '//II//RFSF' +
  /* RCN  */ '//II//AFTF' +
  /* RTR  */ '//IIIIUUUV' +
  /* RTA  */ '////GH/6/F' +
  /* RXJ+ */ '///////6//' +
  /* RXJ- */ '//GHGHHHHW';

/** The letters of the table. A digit there is the next state and nothing else; / changes nothing. */
const CELLS = [
  /* A */ Do.Irc | Do.Scr | (State.ReqSent + 1),
  /* B */ Do.Tlf | (State.Initial + 1),
  /* C */ Do.Irc | Do.Str | (State.Closing + 1),
  /* D */ Do.Str,
  /* E */ Do.Scr,
  /* F */ Do.Scr | (State.ReqSent + 1),
  /* G */ Do.Tlf | (State.Closed + 1),
  /* H */ Do.Tlf | (State.Stopped + 1),
  /* I */ Do.Sta,
  /* J */ Do.Irc | Do.Scr | Do.Sca | (State.AckSent + 1),
  /* K */ Do.Sca | (State.AckSent + 1),
  /* L */ Do.Sca | (State.Opened + 1),
  /* M */ Do.Scr | Do.Sca | (State.AckSent + 1),
  /* N */ Do.Irc | Do.Scr | Do.Scn | (State.ReqSent + 1),
  /* O */ Do.Scn,
  /* P */ Do.Scn | (State.ReqSent + 1),
  /* Q */ Do.Scr | Do.Scn | (State.ReqSent + 1),
  /* R */ Do.Irc | (State.AckRcvd + 1),
  /* S */ Do.Irc | (State.Opened + 1),
  /* T */ Do.Irc | Do.Scr | (State.AckSent + 1),
  /* U */ Do.Sta | (State.ReqSent + 1),
  /* V */ Do.Zrc | Do.Sta | (State.Stopping + 1),
  /* W */ Do.Irc | Do.Str | (State.Stopping + 1),
];

export function cellOf(event: Event, state: State): number {
  const letter = TABLE.charCodeAt(10 * event + state);
  return letter < 65 ? letter - 47 : CELLS[letter - 65];
}
