/** A line that cannot be opened or wrapped as asked: one sentence that says what to do. */
export class LineError extends Error {
  override name = 'LineError';
}

const CAUSES: Record<string, string> = {
  EACCES: 'permission denied; choose another address or become another user',
  EADDRINUSE: 'the address is already in use; choose another one or stop who holds it',
  EADDRNOTAVAIL: 'this computer has no such address; choose one of its own',
  ECONNREFUSED: 'connection refused; start the other end first',
  EHOSTUNREACH: 'no route to that host; check the address',
  ENOENT: 'no such file; check the path',
  ENOTFOUND: 'no such host; check the name',
  ETIMEDOUT: 'no answer; check the address and the firewall',
};

/** The LineError for a system error that hit the line called `name`. */
export function lineError(name: string, error: unknown): LineError {
  if (error instanceof LineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new LineError(`${name}: ${(code && CAUSES[code]) || message || code}`, { cause: error });
}

/** @throws LineError unless `value` is a number above zero */
export function requirePositive(what: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new LineError(`${what} must be a number above 0, not ${value}`);
}
