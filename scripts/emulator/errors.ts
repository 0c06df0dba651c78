/** How a program fails on Kaluma, told from what the console shows: errors are printed in red. */

import type { Board } from './board';

// eslint-disable-next-line no-control-regex
const RED = /\x1b\[31m([^\x1b]*)/g;
const PARSE_ERROR = /^(SyntaxError: .*?)\.? \[(<anonymous>:\d+:\d+)\]/;
/** The end of the console's text is enough to look at. */
const KEPT_CHARS = 4096;
/** An error comes in pieces; so long after the last one it is whole. */
const QUIET_MS = 30;
/** No text, or a program that shows none of its errors. */
const SILENT_MS = 500;

export class ProgramWatch {
  private text = '';
  private isFirst = true;
  private textMs = 0;
  private restartedMs = Infinity;

  /** @param place from composeProgram() */
  constructor(
    private readonly board: Board,
    private readonly place: (text: string) => string,
  ) {
    board.on('console', (text) => {
      this.text = (this.text + text).slice(-KEPT_CHARS);
      this.isFirst &&= this.text.length < KEPT_CHARS;
      this.textMs = board.ms;
    });
  }

  /**
   * Why the board is without the program it was started with, in one sentence; '' while it is not. A program that
   * throws at its top is dropped by the firmware, which starts the engine anew.
   */
  failure(): string {
    const red = Array.from(this.text.matchAll(RED), ([, text]) => text.replace(/\r/g, '')).join('');
    const parse = PARSE_ERROR.exec(red);
    // Before it has parsed nothing can have been printed.
    if (parse && this.isFirst && this.text.startsWith('\x1b[31mSyntaxError')) {
      return `${this.place(parse[2])}: the program does not parse: ${parse[1]}`;
    }
    const { board } = this;
    if (board.restarts) {
      this.restartedMs = Math.min(this.restartedMs, board.ms);
    }
    const isShown = red !== '' && board.ms > this.textMs + QUIET_MS;
    return board.ms > this.restartedMs + (isShown ? QUIET_MS : SILENT_MS) ? this.thrown(red) : '';
  }

  private thrown(red: string): string {
    const lines = red.trim().split('\n');
    const last = lines.map((line) => line.startsWith('  at ')).lastIndexOf(false);
    const at = lines[last + 1]?.replace('  at ', '');
    const where = at ? `${this.place(at)}: ` : '';
    return `${where}the program has thrown at its top, and Kaluma has dropped it${lines[last] && `: ${lines[last]}`}`;
  }
}
