/**
 * Kaluma 1.2.1's SPI and pins with a W5500 on them: send() sends the whole buffer under a view, recv() gives fresh memory,
 * a level watch calls at each round of the main loop while the pin is low.
 */

import type { W5500Chip } from './w5500';

export const PINS = { cs: 17, reset: 20, int: 21 };

const INPUT_PULLUP = 2;
const OUTPUT = 1;
const LOW_LEVEL = 1;

export class KalumaPins {
  /** 'mode 17 1', 'write 17 0', 'delay 1', 'watch 21 1', in their order. */
  readonly log: string[] = [];
  private readonly modes = new Map<number, number>();
  private watch: (() => void) | null = null;
  private selected = false;
  private low = false;

  constructor(readonly chip: W5500Chip) {
    chip.onPin = (low) => (this.low = low);
  }

  readonly spi = {
    send: (data: Uint8Array): number => {
      const whole = new Uint8Array(data.buffer);
      this.needSelected();
      whole.forEach((octet) => this.chip.exchange(octet));
      return whole.length;
    },
    recv: (length: number): Uint8Array => {
      this.needSelected();
      return Uint8Array.from({ length }, () => this.chip.exchange(0));
    },
  };

  readonly globals = {
    pinMode: (pin: number, mode: number): void => {
      this.log.push(`mode ${pin} ${mode}`);
      this.modes.set(pin, mode);
    },
    digitalWrite: (pin: number, value: number): void => {
      // Before its mode is set it is the level that the output will begin with.
      if (pin === PINS.cs && this.modes.get(pin) === OUTPUT) {
        if (value && this.selected) {
          this.chip.deselect();
        } else if (!value && !this.selected) {
          this.chip.select();
        }
        this.selected = !value;
      }
      if (pin === PINS.reset) {
        this.chip.hold(!value);
      }
      if (pin !== PINS.cs) {
        this.log.push(`write ${pin} ${value}`);
      }
    },
    setWatch: (callback: () => void, pin: number, event: number): number => {
      this.log.push(`watch ${pin} ${event}`);
      if (pin === PINS.int && event === LOW_LEVEL && this.modes.get(pin) === INPUT_PULLUP) {
        this.watch = callback;
      }
      return 1;
    },
    delay: (ms: number): void => void this.log.push(`delay ${ms}`),
  };

  /** A round of the main loop. */
  loop(): void {
    if (this.low) {
      this.watch?.();
    }
  }

  private needSelected(): void {
    if (!this.selected) {
      this.chip.crimes.push('octets without chip select');
    }
  }
}
