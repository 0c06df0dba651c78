/** LCP's options (RFC 1661 §6, RFC 1662 §7). */
export const enum Option {
  Mru = 1,
  Accm = 2,
  Auth = 3,
  Magic = 5,
  Pfc = 7,
  Acfc = 8,
}
