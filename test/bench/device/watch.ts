/** Instants on the board, to the cycle. */

import { GPIOPinState } from 'rp2040js';
import type { Board } from '../../../scripts/emulator/board';
import type { PacedUart } from '../../../scripts/emulator/uart';

/** Calls `seen` when a byte has come over the wire of UART 0, before the firmware knows. */
export function onByte(board: Board, seen: (byte: number) => void): void {
  const uart = board.chip.uart[0] as unknown as PacedUart;
  const receive = uart.receive.bind(uart);
  uart.receive = (byte) => {
    seen(byte);
    receive(byte);
  };
}

/** Calls `seen` when the program sets the pin. */
export function onPin(board: Board, pin: number, seen: () => void): void {
  board.chip.gpio[pin].addListener((state) => {
    if (state === GPIOPinState.High) {
      seen();
    }
  });
}
