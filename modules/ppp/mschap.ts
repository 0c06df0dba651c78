/**
 * MSCHAPv2 (RFC 2759) for a client: CHAP whose peer has to prove that it knows the secret, too. Optional: who wants it
 * calls useMschap(). The server's side is in server.ts.
 */

import { copyOf, latin1Text, putU32, sameBytes } from '../wire/bytes';
import { MsChap, authenticatorProof, ntResponse, provesItself } from '../wire/mschap';
import { AuthMethod, ChapCode, authMethods, sendChap } from './auth';
import { AuthOption, Link, Reason } from './link-types';

/** What the number of a Failure means (RFC 2759 §6); the others say no more than that it is one. */
const FAILURES: { [number: string]: Reason } = {
  646: 'restricted-hours',
  647: 'account-disabled',
  648: 'password-expired',
  649: 'no-permission',
};

/** The last Response, and what it answered, until its verdict has come. */
interface Answer {
  _id: number;
  _challenge: Uint8Array;
  _user: Uint8Array;
  _key: Uint8Array;
  _value: Uint8Array;
  /** What a Success has to prove. */
  _proof: Uint8Array;
}

interface MschapLink extends Link {
  _mschap?: Answer;
}

export const MSCHAP: AuthMethod = {
  _respond: respond,
  _repeat: repeat,
  _accepts: accepts,
};

/** From now on links know MSCHAPv2. */
export function useMschap(): void {
  authMethods[AuthOption.MsChap2] = MSCHAP;
}

function respond(link: MschapLink, id: number, buf: Uint8Array, at: number, end: number): Uint8Array | null {
  if (end - at !== MsChap.Challenge) {
    return null;
  }
  const last = link._mschap;
  if (
    last &&
    last._id === id &&
    last._user === link._user &&
    last._key === link._key &&
    sameBytes(last._challenge, 0, buf, at, MsChap.Challenge)
  ) {
    // The same again: the peer goes by the first Response, and another one would have another proof.
    return last._value;
  }
  const challenge = copyOf(buf, at, end);
  const peerChallenge = new Uint8Array(MsChap.Challenge);
  const value = new Uint8Array(MsChap.Response);
  for (let i = 0; i < MsChap.Challenge; i += 4) {
    putU32(peerChallenge, i, link._owner._random32());
  }
  const response = ntResponse(challenge, peerChallenge, link._user, link._key);
  value.set(peerChallenge);
  value.set(response, MsChap.NtAt);
  link._mschap = {
    _id: id,
    _challenge: challenge,
    _user: link._user,
    _key: link._key,
    _value: value,
    _proof: authenticatorProof(challenge, peerChallenge, link._user, link._key, response),
  };
  return value;
}

/** The peer has gone on: its Success was lost. Without its proof it is not trusted, so the Response is sent again. */
function repeat(link: MschapLink): void {
  if (link._mschap && link._authId >= 0) {
    sendChap(link, ChapCode.Response, link._authId, link._mschap._value);
  }
}

/** The peer's verdict, its message buf[at, end). */
function accepts(link: MschapLink, isSuccess: boolean, buf: Uint8Array, at: number, end: number): boolean {
  const answer = link._mschap;
  link._mschap = undefined;
  if (isSuccess) {
    if (answer && provesItself(answer._proof, buf, at, end)) {
      return true;
    }
    link._reason = link._reason || 'peer-unproven';
  } else {
    const number = /^E=(\d{1,10})/.exec(latin1Text(buf, at, Math.min(end, at + MsChap.Proof)));
    link._reason = link._reason || (number && FAILURES[+number[1]]) || '';
  }
  return false;
}
