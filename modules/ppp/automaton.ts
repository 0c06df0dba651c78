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

/** RFC 1661 §4.3; the number is the row in `table`. */
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
  UnknownCode,
  /** RXJ+, RXJ-: a reject that can be lived with, and a catastrophic one. */
  RejectPermitted,
  RejectFatal,
  /** RXR: Echo-Request, Echo-Reply, Discard-Request. */
  Echo,
}

/** RFC 1661 §4.4, one bit an action above the four bits of the next state; carried out in the order given here. */
export const enum Do {
  State = 15,
  Tld = 1 << 4,
  Irc = 1 << 5,
  Zrc = 1 << 6,
  Scr = 1 << 7,
  Sca = 1 << 8,
  Scn = 1 << 9,
  Str = 1 << 10,
  Sta = 1 << 11,
  Scj = 1 << 12,
  Ser = 1 << 13,
  Tls = 1 << 14,
  Tlu = 1 << 15,
  Tlf = 1 << 16,
  /** This event cannot happen in this state, or changes nothing at all. */
  None = -1,
}

/** RFC 1661 §4.1. Columns: Initial Starting Closed Stopped Closing Stopping Req-Sent Ack-Rcvd Ack-Sent Opened. */
// prettier-ignore
export const table: number[][] = [
  /* Up   */ [2, Do.Irc | Do.Scr | 6, -1, -1, -1, -1, -1, -1, -1, -1],
  /* Down */ [-1, -1, 0, Do.Tls | 1, 0, 1, 1, 1, 1, Do.Tld | 1],
  /* Open */ [Do.Tls | 1, 1, Do.Irc | Do.Scr | 6, 3, 5, 5, 6, 7, 8, 9],
  /* Close*/ [0, Do.Tlf | 0, 2, 2, 4, 4, Do.Irc | Do.Str | 4, Do.Irc | Do.Str | 4, Do.Irc | Do.Str | 4, Do.Tld | Do.Irc | Do.Str | 4],
  /* TO+  */ [-1, -1, -1, -1, Do.Str | 4, Do.Str | 5, Do.Scr | 6, Do.Scr | 6, Do.Scr | 8, -1],
  /* TO-  */ [-1, -1, -1, -1, Do.Tlf | 2, Do.Tlf | 3, Do.Tlf | 3, Do.Tlf | 3, Do.Tlf | 3, -1],
  /* RCR+ */ [-1, -1, Do.Sta | 2, Do.Irc | Do.Scr | Do.Sca | 8, 4, 5, Do.Sca | 8, Do.Sca | Do.Tlu | 9, Do.Sca | 8, Do.Tld | Do.Scr | Do.Sca | 8],
  /* RCR- */ [-1, -1, Do.Sta | 2, Do.Irc | Do.Scr | Do.Scn | 6, 4, 5, Do.Scn | 6, Do.Scn | 7, Do.Scn | 6, Do.Tld | Do.Scr | Do.Scn | 6],
  /* RCA  */ [-1, -1, Do.Sta | 2, Do.Sta | 3, 4, 5, Do.Irc | 7, Do.Scr | 6, Do.Irc | Do.Tlu | 9, Do.Tld | Do.Scr | 6],
  /* RCN  */ [-1, -1, Do.Sta | 2, Do.Sta | 3, 4, 5, Do.Irc | Do.Scr | 6, Do.Scr | 6, Do.Irc | Do.Scr | 8, Do.Tld | Do.Scr | 6],
  /* RTR  */ [-1, -1, Do.Sta | 2, Do.Sta | 3, Do.Sta | 4, Do.Sta | 5, Do.Sta | 6, Do.Sta | 6, Do.Sta | 6, Do.Tld | Do.Zrc | Do.Sta | 5],
  /* RTA  */ [-1, -1, 2, 3, Do.Tlf | 2, Do.Tlf | 3, 6, 6, 8, Do.Tld | Do.Scr | 6],
  /* RUC  */ [-1, -1, Do.Scj | 2, Do.Scj | 3, Do.Scj | 4, Do.Scj | 5, Do.Scj | 6, Do.Scj | 7, Do.Scj | 8, Do.Scj | 9],
  /* RXJ+ */ [-1, -1, 2, 3, 4, 5, 6, 6, 8, 9],
  /* RXJ- */ [-1, -1, Do.Tlf | 2, Do.Tlf | 3, Do.Tlf | 2, Do.Tlf | 3, Do.Tlf | 3, Do.Tlf | 3, Do.Tlf | 3, Do.Tld | Do.Irc | Do.Str | 5],
  /* RXR  */ [-1, -1, 2, 3, 4, 5, 6, 7, 8, Do.Ser | 9],
];
