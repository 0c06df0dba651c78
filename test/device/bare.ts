/** Programs on the firmware alone, without the bundle. */

import { deathText } from '../../scripts/emulator/death';
import { PlainText } from '../../scripts/emulator/usb';
import { createBoard } from './device';

/** What a program without the bundle shows in so many ms, and how it died. */
export function bare(program: string, ms: number): { shown: string; death: string } {
  const board = createBoard({ program });
  board.run(ms);
  return { shown: new PlainText().add(board.consoleText), death: board.death ? deathText(board.death) : '' };
}
