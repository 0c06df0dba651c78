/** Constants of MicroPython's module `socket`, with its numbers on the RP2040. */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const IPPROTO_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 4;
export const SO_KEEPALIVE = 8;
export const SO_BINDTODEVICE = 25;
export const SO_BROADCAST = 32;
export const TCP_NODELAY = 1;
/** Seconds, seconds, and a number. */
export const TCP_KEEPIDLE = 3;
export const TCP_KEEPINTVL = 4;
export const TCP_KEEPCNT = 5;
