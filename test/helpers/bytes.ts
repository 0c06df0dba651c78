/** Bytes and text, written without the code under test. */

/** 'ff 03 c0 21' -> bytes; blanks and line ends are for the reader. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) {
    throw new Error(`not hex: ${text}`);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array, at = 0, end = bytes.length): string {
  return Array.from(bytes.subarray(at, end), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function concat(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** '10.0.0.1' -> unsigned number. */
export function ip(text: string): number {
  return text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
