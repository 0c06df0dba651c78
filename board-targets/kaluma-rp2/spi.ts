/**
 * A chip on Kaluma's SPI (firmware 1.2.1, RP2040), with its pins.
 *
 * The firmware's own ways are: send() sends the whole buffer under a view; recv() returns memory of the C heap, which has
 * 58 KB, is not checked, and is only given back when JavaScript's collector runs, which does not see it.
 */

import type { SpiDevice } from '../../modules/ethernet/w5500';
import { raiseTypeError, raiseValueError } from '../../modules/network/errors';

interface Spi {
  send(data: Uint8Array): number;
  recv(length: number): Uint8Array;
}

declare function pinMode(pin: number, mode: number): void;
declare function digitalWrite(pin: number, value: number): void;
declare function setWatch(callback: () => void, pin: number, event: number): number;
declare function delay(ms: number): void;

const INPUT_PULLUP = 2;
const OUTPUT = 1;

/**
 * setWatch()'s event for as long as a pin is low, each time the main loop comes round. attachInterrupt() is no way: it
 * calls JavaScript inside the interrupt, and frees the function it has called.
 */
const LOW_LEVEL = 1;

/** RSTn has to be low for 500 us, and the chip's clock is stable 1 ms later (data sheet 5.5.1). */
const RESET_MS = 1;
const READY_MS = 2;

/** From this length on, what recv() took is asked of the collector as well. */
const BALLAST_LEAST = 64;

/** The number of a pin that is given as one, or as an object of require('gpio'). */
function pinNumber(pin: unknown): number {
  const object = pin as { pin?: unknown };
  const number = object && typeof object === 'object' ? object.pin : pin;
  if (typeof number !== 'number' || !(number >= 0 && number < 30)) {
    raiseValueError('invalid pin');
  }
  return number as number;
}

/** @param reset and interrupt: null or undefined when the pin is not connected */
export function openSpi(given: unknown, cs: unknown, reset: unknown, interrupt: unknown): SpiDevice {
  const spi = given as Spi;
  const select = pinNumber(cs);
  const resetPin = reset == null ? -1 : pinNumber(reset);
  const interruptPin = interrupt == null ? -1 : pinNumber(interrupt);
  let fell: (() => void) | null = null;
  let watched = false;
  if (!spi || typeof spi.send !== 'function' || typeof spi.recv !== 'function') {
    raiseTypeError('spi has no send and recv');
  }
  digitalWrite(select, 1);
  pinMode(select, OUTPUT);
  digitalWrite(select, 1);
  if (resetPin >= 0) {
    pinMode(resetPin, OUTPUT);
    digitalWrite(resetPin, 1);
  }
  return {
    _send: function (head, data) {
      digitalWrite(select, 0);
      spi.send(head);
      if (data) {
        spi.send(data);
      }
      digitalWrite(select, 1);
    },
    _receive: function (head, length) {
      digitalWrite(select, 0);
      spi.send(head);
      const bytes = spi.recv(length);
      digitalWrite(select, 1);
      if (length > BALLAST_LEAST) {
        // So that the collector runs as often as that memory wants it.
        new Uint8Array(length);
      }
      return bytes;
    },
    _reset: function () {
      if (resetPin >= 0) {
        digitalWrite(resetPin, 0);
        delay(RESET_MS);
        digitalWrite(resetPin, 1);
        delay(READY_MS);
      }
    },
    _interrupt: function (f) {
      fell = f;
      if (interruptPin >= 0 && !watched) {
        // For good: taking a watch away from its own callback frees what the firmware is walking over.
        watched = true;
        pinMode(interruptPin, INPUT_PULLUP);
        setWatch(
          function () {
            if (fell) {
              fell();
            }
          },
          interruptPin,
          LOW_LEVEL,
        );
      }
      return interruptPin >= 0;
    },
  };
}
