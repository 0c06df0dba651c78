/** How far a page has come: a bar on a terminal, a few lines elsewhere. */

import type { WriteStream } from 'node:tty';

const BAR_CHARS = 32;
const REDRAW_MS = 100;
const LINES = 4;

export class Progress {
  private readonly startedMs = performance.now();
  private drawnMs = -Infinity;
  private lines = 0;

  constructor(private readonly out: NodeJS.WriteStream | WriteStream) {}

  /** @param total -1 when nobody knows */
  update(bytes: number, total: number): void {
    const nowMs = performance.now();
    const share = total > 0 ? bytes / total : 0;
    if (this.out.isTTY) {
      if (nowMs - this.drawnMs >= REDRAW_MS || bytes === total) {
        this.drawnMs = nowMs;
        const filled = Math.round(share * BAR_CHARS);
        const bar = '#'.repeat(filled) + '-'.repeat(BAR_CHARS - filled);
        this.out.write(`\r  [${bar}] ${this.text(bytes, total, nowMs)} `);
      }
    } else if (total > 0 && Math.floor(share * LINES) > this.lines) {
      this.lines = Math.floor(share * LINES);
      this.out.write(`  ${this.text(bytes, total, nowMs)}\n`);
    }
  }

  /** The cursor stands at the beginning of a line again. */
  end(): void {
    if (this.out.isTTY && this.drawnMs > 0) {
      this.out.write('\n');
    }
  }

  private text(bytes: number, total: number, nowMs: number): string {
    const rate = Math.round((bytes * 1000) / Math.max(1, nowMs - this.startedMs));
    const percent = total > 0 ? `${Math.round((100 * bytes) / total)} %, ` : '';
    return `${percent}${bytes}${total > 0 ? ` of ${total}` : ''} bytes, ${rate} B/s`;
  }
}
