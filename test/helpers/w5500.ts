/**
 * The W5500 at the level of its SPI bus, from its data sheet (version 1.1.0) and not from the driver: SPI frames of
 * chapter 2, registers with their reset values (4.1, 4.2), buffers that wrap, commands, socket 0 in MACRAW, the interrupt
 * pin, the PHY. What the data sheet forbids is written down in `crimes`.
 */

import type { SpiDevice } from '../../modules/ethernet/w5500';

const SR_MACRAW = 0x42;
const IR_RECV = 0x04;
const IR_SENDOK = 0x10;

/** Common registers after a reset, all others zero (4.1). */
const COMMON_RESET: [number, number][] = [
  [0x19, 0x07], // RTR 2000
  [0x1a, 0xd0],
  [0x1b, 0x08], // RCR
  [0x1c, 0x28], // PTIMER
  [0x39, 0x04], // VERSIONR
];

interface ChipSocket {
  registers: Uint8Array;
  /** How far what was sent and what was read counts: it moves with a command. */
  txRead: number;
  txWritten: number;
  rxRead: number;
  rxWritten: number;
}

/** A socket's part of a memory. */
interface Area {
  memory: Uint8Array;
  base: number;
  size: number;
}

export class W5500Chip {
  readonly crimes: string[] = [];
  /** Frames that left. */
  readonly sent: Buffer[] = [];
  onSend: ((frame: Buffer) => void) | null = null;
  /** The interrupt pin has fallen. */
  onInterrupt: (() => void) | null = null;
  /** The interrupt pin has changed. */
  onPin: ((low: boolean) => void) | null = null;
  /** Before a register is read: what happens meanwhile. */
  onRead: ((block: number, address: number) => void) | null = null;
  /** Frames that found no room, or were not for us. */
  dropped = 0;
  filtered = 0;
  /** Reads of its registers that a command and a sending take. */
  commandReads = 1;
  sendReads = 2;
  /** Power is off: the bus reads ones. */
  dead = false;
  /** PHYCFGR's low bits: full duplex, 100 Mbit/s, link. */
  phy = 0b111;
  frames = 0;
  octets = 0;
  private common = new Uint8Array(0x40);
  private sockets: ChipSocket[] = [];
  private areas: Area[] = [];
  private readonly tx = new Uint8Array(0x4000);
  private readonly rx = new Uint8Array(0x4000);
  private busy = 0;
  private sending = 0;
  private low = false;
  private head: number[] | null = null;
  private at = 0;
  private holding = false;

  constructor() {
    this.reset();
  }

  /** RSTn, or MR's bit: registers as in 4.1 and 4.2; what is in the buffers stays. */
  reset(): void {
    this.common = new Uint8Array(0x40);
    for (const [at, value] of COMMON_RESET) {
      this.common[at] = value;
    }
    this.sockets = Array.from({ length: 8 }, () => {
      const registers = new Uint8Array(0x30);
      registers[0x16] = 0x80; // TTL
      registers[0x1e] = registers[0x1f] = 2; // 2 KB each way
      registers[0x2c] = 0xff; // IMR
      registers[0x2d] = 0x40; // FRAG
      return { registers, txRead: 0, txWritten: 0, rxRead: 0, rxWritten: 0 };
    });
    this.areas = [];
    this.busy = this.sending = 0;
    this.pin();
  }

  /** The reset pin. */
  hold(low: boolean): void {
    if (this.holding && !low) {
      this.reset();
    }
    this.holding = low;
  }

  get interrupt(): boolean {
    return this.low;
  }

  /** A register of the common block or of a socket, for the tests. */
  register(block: number, address: number): number {
    return this.read(block, address);
  }

  get mac(): Buffer {
    return Buffer.from(this.common.subarray(9, 15));
  }

  private pin(): void {
    const pending = this.sockets.reduce(
      (bits, { registers }, i) => bits | ((registers[2] & registers[0x2c] ? 1 : 0) << i),
      0,
    );
    this.common[0x17] = pending;
    const low = !!(pending & this.common[0x18]);
    const changed = low !== this.low;
    this.low = low;
    if (changed) {
      this.onPin?.(low);
    }
    if (changed && low) {
      this.onInterrupt?.();
    }
  }

  // The bus.

  select(): void {
    this.head = [];
  }

  /** One octet each way. */
  exchange(octet: number): number {
    if (!this.head) {
      this.crimes.push('an octet without chip select');
      return 0xff;
    }
    this.octets++;
    if (this.dead || this.holding) {
      return 0xff;
    }
    if (this.head.length < 3) {
      this.head.push(octet);
      if (this.head.length === 3) {
        this.at = (this.head[0] << 8) | this.head[1];
        this.frames++;
        if (octet & 3) {
          this.crimes.push('a frame of fixed length under a chip select of our own');
        }
      }
      return [1, 2, 3][this.head.length - 1];
    }
    const block = this.head[2] >> 3;
    const address = this.at;
    this.at = (this.at + 1) & 0xffff;
    if (this.head[2] & 4) {
      this.write(block, address, octet);
      return 0xff;
    }
    return this.read(block, address);
  }

  deselect(): void {
    if (!this.head) {
      this.crimes.push('deselected twice');
    } else if (this.head.length < 3) {
      this.crimes.push(`a frame of ${this.head.length} octets`);
    }
    this.head = null;
    this.pin();
  }

  private memory(block: number): Area {
    return (this.areas[block] ??= this.area(block));
  }

  private area(block: number): Area {
    const index = block >> 2;
    const which = (block & 3) === 2 ? 0x1f : 0x1e;
    const sizes = this.sockets.map(({ registers }) => registers[which] << 10);
    const base = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
    if (sizes.reduce((sum, size) => sum + size, 0) > 0x4000) {
      this.crimes.push('more than 16 KB of buffers are used');
    }
    return { memory: which === 0x1f ? this.tx : this.rx, base, size: sizes[index] };
  }

  private read(block: number, address: number): number {
    this.onRead?.(block, address);
    if (block === 0) {
      return address === 0x2e ? (this.common[0x2e] & 0xf8) | 0xb8 | this.phy : (this.common[address] ?? 0);
    }
    const kind = block & 3;
    if (kind === 0) {
      this.crimes.push(`reserved block ${block}`);
      return 0;
    }
    if (kind > 1) {
      const { memory, base, size } = this.memory(block);
      return size ? memory[base + (address & (size - 1))] : 0;
    }
    const socket = this.sockets[block >> 2];
    const { registers } = socket;
    const half = (value: number): number => (address & 1 ? value & 255 : (value >> 8) & 255);
    switch (address) {
      case 0x01:
        if (this.busy && !--this.busy) {
          registers[1] = 0;
        }
        return registers[1];
      case 0x02:
        if (this.sending && !--this.sending) {
          registers[2] |= IR_SENDOK;
        }
        return registers[2];
      case 0x20:
      case 0x21:
        return half((registers[0x1f] << 10) - ((socket.txWritten - socket.txRead) & 0xffff));
      case 0x22:
      case 0x23:
        return half(socket.txRead);
      case 0x26:
      case 0x27:
        return half((socket.rxWritten - socket.rxRead) & 0xffff);
      case 0x2a:
      case 0x2b:
        return half(socket.rxWritten);
      default:
        return registers[address] ?? 0;
    }
  }

  private write(block: number, address: number, octet: number): void {
    if (block === 0) {
      if (address === 0 && octet & 0x80) {
        this.reset();
      } else if (address < 0x2e && ![0x15, 0x17].includes(address)) {
        this.common[address] = octet;
      } else if (address !== 0x2e) {
        this.crimes.push(`write to common register ${address.toString(16)}`);
      }
      return;
    }
    const kind = block & 3;
    if (kind === 2) {
      const { memory, base, size } = this.memory(block);
      if (size) {
        memory[base + (address & (size - 1))] = octet;
      }
      return;
    }
    const socket = this.sockets[block >> 2];
    const { registers } = socket;
    if (kind !== 1) {
      this.crimes.push(`write to block ${block}`);
    } else if (address === 1) {
      this.command(block >> 2, socket, octet);
    } else if (address === 2) {
      registers[2] &= ~octet;
    } else if (address === 3 || (address >= 0x20 && address < 0x24) || [0x26, 0x27, 0x2a, 0x2b].includes(address)) {
      this.crimes.push(`write to read-only register ${address.toString(16)}`);
    } else {
      registers[address] = octet;
      this.areas = address === 0x1e || address === 0x1f ? [] : this.areas;
    }
  }

  private command(index: number, socket: ChipSocket, what: number): void {
    const { registers } = socket;
    const pointer = (at: number): number => (registers[at] << 8) | registers[at + 1];
    if (this.busy) {
      this.crimes.push(`command ${what.toString(16)} while another is being taken`);
    }
    registers[1] = what;
    this.busy = this.commandReads;
    switch (what) {
      case 0x01:
        if ((registers[0] & 15) !== 4 || index) {
          this.crimes.push(`socket ${index} opened in mode ${registers[0] & 15}`);
          break;
        }
        registers[3] = SR_MACRAW;
        socket.txRead = socket.txWritten = socket.rxRead = socket.rxWritten = 0;
        registers.fill(0, 0x24, 0x26);
        registers.fill(0, 0x28, 0x2a);
        break;
      case 0x10:
        registers[3] = 0;
        registers[2] = 0;
        break;
      case 0x20: {
        const end = pointer(0x24);
        const length = (end - socket.txRead) & 0xffff;
        const { memory, base, size } = this.memory(2);
        if (registers[3] !== SR_MACRAW || this.sending || length > size || length > 1514 || length < 60) {
          this.crimes.push(
            `${length} octets sent in state ${registers[3]}${this.sending ? ', one is on its way' : ''}`,
          );
          break;
        }
        const frame = Buffer.alloc(length);
        for (let i = 0; i < length; i++) {
          frame[i] = memory[base + ((socket.txRead + i) & (size - 1))];
        }
        socket.txRead = socket.txWritten = end;
        this.sending = this.sendReads;
        if (this.phy & 1) {
          this.sent.push(frame);
          this.onSend?.(frame);
        }
        break;
      }
      case 0x40:
        if (((pointer(0x28) - socket.rxRead) & 0xffff) > ((socket.rxWritten - socket.rxRead) & 0xffff)) {
          this.crimes.push('more was taken than had come');
        }
        socket.rxRead = pointer(0x28);
        break;
      default:
        this.crimes.push(`command ${what.toString(16)}`);
    }
  }

  /** A frame comes in on the cable, without its FCS. */
  feed(frame: Uint8Array): void {
    const socket = this.sockets[0];
    const mode = socket.registers[0];
    if (!(this.phy & 1) || this.dead || this.holding || socket.registers[3] !== SR_MACRAW) {
      return;
    }
    const group = frame[0] & 1;
    const everybody = frame.subarray(0, 6).every((octet) => octet === 0xff);
    const ours = this.mac.equals(frame.subarray(0, 6));
    // The filter of addresses knows of groups those of IPv4 (Wiznet/ioLibrary_Driver#133).
    const ipGroup = frame[0] === 1 && frame[1] === 0 && frame[2] === 0x5e;
    const ipv6 = frame[12] === 0x86 && frame[13] === 0xdd;
    if (
      (mode & 0x80 && !ours && !everybody && !ipGroup) ||
      (mode & 0x20 && group && !everybody) ||
      (mode & 0x10 && ipv6)
    ) {
      this.filtered++;
      return;
    }
    const { memory, base, size } = this.memory(3);
    const length = frame.length + 2;
    if (length > size - ((socket.rxWritten - socket.rxRead) & 0xffff)) {
      this.dropped++;
      return;
    }
    for (let i = 0; i < length; i++) {
      memory[base + ((socket.rxWritten + i) & (size - 1))] = i > 1 ? frame[i - 2] : length >> (8 - 8 * i);
    }
    socket.rxWritten = (socket.rxWritten + length) & 0xffff;
    socket.registers[2] |= IR_RECV;
    this.pin();
  }

  /** Octets in the receive buffer that say nothing: the driver's pointers and the chip's no longer agree. */
  derail(): void {
    const { memory, base, size } = this.memory(3);
    const socket = this.sockets[0];
    for (let i = 0; i < 200; i++) {
      memory[base + ((socket.rxWritten + i) & (size - 1))] = 0xff;
    }
    socket.rxWritten = (socket.rxWritten + 200) & 0xffff;
    socket.registers[2] |= IR_RECV;
    this.pin();
  }
}

/** The chip as a board lends it, with one call a chip select. */
export function spiOf(chip: W5500Chip, withPin = false): SpiDevice {
  const own = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length !== bytes.buffer.byteLength) {
      chip.crimes.push('an array that does not own its buffer: Kaluma would send all of it');
    }
    return bytes;
  };
  return {
    _send: (head, data) => {
      chip.select();
      own(head).forEach((octet) => chip.exchange(octet));
      if (data) {
        own(data).forEach((octet) => chip.exchange(octet));
      }
      chip.deselect();
    },
    _receive: (head, length) => {
      chip.select();
      own(head).forEach((octet) => chip.exchange(octet));
      const bytes = Uint8Array.from({ length }, () => chip.exchange(0));
      chip.deselect();
      return bytes;
    },
    _reset: () => {
      chip.hold(true);
      chip.hold(false);
    },
    _interrupt: (f) => {
      chip.onInterrupt = withPin ? f : null;
      return withPin;
    },
  };
}
