/** The functions of MSCHAPv2 (RFC 2759 §8), bytes to bytes. */

import { latin1Bytes, sameBytes } from './bytes';
import { desEncrypt } from './des';
import { md4 } from './md4';
import { md5Room } from './md5';
import { sha1 } from './sha1';

export const enum MsChap {
  /** Octets of either challenge. */
  Challenge = 16,
  /** Octets of a Response's value: challenge, eight zeros, NT response, flags (§4). */
  Response = 49,
  /** Where the NT response begins in it; as many octets is its length. */
  NtAt = 24,
  /** Octets of the authenticator's proof as it stands in a Success packet: S= and forty digits (§5). */
  Proof = 42,
}

const BACKSLASH = 92;

/** ChallengeHash (§8.2); a domain before the user's name does not count. */
function challengeHash(peerChallenge: Uint8Array, challenge: Uint8Array, user: Uint8Array): Uint8Array {
  let from = 0;
  for (let i = 0; i < user.length; i++) {
    if (user[i] === BACKSLASH) {
      from = i + 1;
    }
  }
  return sha1([peerChallenge, challenge, user.subarray(from)]).subarray(0, 8);
}

/** NtPasswordHash (§8.3) of a password in UTF-8: it is hashed in UTF-16, low octets first. */
function passwordHash(password: Uint8Array): Uint8Array {
  const units: number[] = [];
  for (let i = 0; i < password.length;) {
    const first = password[i++];
    // The leading ones of the first octet tell how many octets follow; six bits are in each.
    let more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more ? first & (0x3f >> more) : first;
    for (; more > 0; more--) {
      code = (code << 6) | (password[i++] & 0x3f);
    }
    if (code > 0xffff) {
      units.push(0xd7c0 + (code >> 10));
      code = 0xdc00 | (code & 0x3ff);
    }
    units.push(code);
  }
  const room = md5Room(2 * units.length);
  for (let i = 0; i < units.length; i++) {
    room[2 * i] = units[i];
    room[2 * i + 1] = units[i] >> 8;
  }
  return md4(room, 2 * units.length);
}

/** GenerateNTResponse (§8.1): 24 octets. */
export function ntResponse(
  challenge: Uint8Array,
  peerChallenge: Uint8Array,
  user: Uint8Array,
  password: Uint8Array,
): Uint8Array {
  const key = new Uint8Array(21);
  const hash = challengeHash(peerChallenge, challenge, user);
  const response = new Uint8Array(MsChap.NtAt);
  key.set(passwordHash(password));
  for (let i = 0; i < 3; i++) {
    desEncrypt(key.subarray(7 * i, 7 * i + 7), hash, response, 8 * i);
  }
  return response;
}

/** Two digits a byte, as the messages of Success and Failure have them. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    text += (256 + bytes[i]).toString(16).slice(1);
  }
  return text.toUpperCase();
}

/** GenerateAuthenticatorResponse (§8.7): what the peer of a client proves itself by, as text in bytes. */
export function authenticatorProof(
  challenge: Uint8Array,
  peerChallenge: Uint8Array,
  user: Uint8Array,
  password: Uint8Array,
  response: Uint8Array,
): Uint8Array {
  const room = md5Room(16);
  room.set(passwordHash(password));
  const inner = sha1([md4(room, 16), response, latin1Bytes('Magic server to client signing constant')]);
  const outer = sha1([
    inner,
    challengeHash(peerChallenge, challenge, user),
    latin1Bytes('Pad to make it do more than one iteration'),
  ]);
  return latin1Bytes('S=' + hexText(outer));
}

/** Whether a Success's message buf[at, end) begins with this proof. */
export function provesItself(proof: Uint8Array, buf: Uint8Array, at: number, end: number): boolean {
  return end - at >= MsChap.Proof && sameBytes(proof, 0, buf, at, MsChap.Proof);
}
