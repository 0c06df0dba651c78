import { LineError } from './error';

/**
 * Loads a package that most users can do without. Its name is a parameter so that neither the type checker nor the
 * bundler needs it installed.
 *
 * @param who the kind of line that needs the package, for the message
 * @throws LineError when the package is missing, or there and broken
 */
export async function loadOptional<T>(packageName: string, who: string): Promise<T> {
  try {
    const loaded = await import(packageName);
    return loaded.default ?? loaded;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
      throw new LineError(`${who} needs the optional package ${packageName}: npm install ${packageName}`);
    }
    throw new LineError(`${packageName} does not load (${message}): npm rebuild ${packageName}`, { cause: error });
  }
}
