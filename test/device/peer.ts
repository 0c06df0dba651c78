/** The other end of an emulated board's line, in the board's time. */

import type { Duplex } from 'node:stream';
import { createHost } from '../../modules/network/host';
import type { Board } from '../../scripts/emulator/board';
import { emulatedPlatform } from '../../scripts/emulator/platform';
import { Peer } from '../helpers/peer';
import { sequence } from './device';

export const boardPeer = (board: Board, stream: Duplex = board.ports[0]): Peer =>
  new Peer(createHost(emulatedPlatform(board.clock, {}, sequence(2))), stream);
