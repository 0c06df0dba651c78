/** What a call throws. */

/** As 'Name: text'; 'nothing' when it throws nothing. */
export function thrown(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'nothing';
}

export interface Thrown {
  name: string;
  message: string;
  /** Of an OSError. */
  errno?: number;
}

/** Its parts; that nothing is thrown is a failure. */
export function errorOf(f: () => unknown): Thrown {
  try {
    f();
  } catch (error) {
    const { name, message, errno } = error as Thrown;
    return errno === undefined ? { name, message } : { name, message, errno };
  }
  throw new Error('nothing was thrown');
}
