/** The W5500 as its data sheet (version 1.1.0, chapters 2 to 4) has it: SPI frames, registers, commands. */

/** The third octet of an SPI frame: which block, and which way. Data of any length follows (VDM). */
export const enum Block {
  Common = 0x00,
  Socket0 = 0x08,
  Tx0 = 0x10,
  Rx0 = 0x18,
  /** From the registers of one socket to those of the next. */
  NextSocket = 0x20,
  Write = 0x04,
}

/** Registers of the common block. */
export const enum Common {
  Mode = 0x00,
  /** The MAC address. */
  Shar = 0x09,
  SocketInterruptMask = 0x18,
  PhyConfig = 0x2e,
  Version = 0x39,
}

/** Registers of a socket's block. */
export const enum Socket {
  Mode = 0x00,
  Command = 0x01,
  Interrupt = 0x02,
  Status = 0x03,
  RxBufferSize = 0x1e,
  TxWrite = 0x24,
  RxReceived = 0x26,
  RxRead = 0x28,
  InterruptMask = 0x2c,
}

/** Of the chip's mode register: software reset. */
export const RESET = 0x80;

/**
 * Of a socket's mode register: raw frames; only those for this MAC address and for all; neither multicast nor IPv6. The
 * filter of addresses drops the groups of IPv6 (33:33...) even where multicast is let in, whatever the data sheet says
 * (Wiznet/ioLibrary_Driver#133).
 */
export const enum Mode {
  MacRaw = 0x04,
  MacFilter = 0x80,
  NoMulticast = 0x20,
  NoIpv6 = 0x10,
}

export const enum Command {
  Open = 0x01,
  Close = 0x10,
  Send = 0x20,
  Receive = 0x40,
}

/** Bits of a socket's interrupts. */
export const enum Interrupt {
  Received = 0x04,
  SendOk = 0x10,
}

/** A socket's status. */
export const enum Status {
  Closed = 0x00,
  MacRaw = 0x42,
}

/** Bits of the PHY's register. */
export const enum Phy {
  Link = 0x01,
  Speed100 = 0x02,
  FullDuplex = 0x04,
}

/** What the version register says. */
export const VERSION = 0x04;

/** Octets of each direction's buffers, all of which socket 0 gets, and of the length before a received frame. */
export const BUFFER_KB = 16;
export const LENGTH_BEFORE = 2;

/** Octets of the longest and the shortest frame without its FCS. */
export const FRAME_MAX = 1514;
export const FRAME_MIN = 60;
