/** What programs and net-socket.ts hand each other. */

export interface ConnectOptions {
  port: number;
  /** Name or address. */
  host: string;
  /** Whether writing goes on after the peer has ended; else the socket ends as well. */
  allowHalfOpen?: boolean;
  /** As setTimeout(). */
  timeout?: number;
  /** Goes by this interface: its object, or one of its addresses. */
  nic?: unknown;
  localAddress?: string;
}

export interface Address {
  address: string;
  family: 'IPv4' | 'IPv6';
  port: number;
}
