/**
 * A kernel and an initramfs with pppd, put together from Debian's packages: fetched by `apt-get download`, unpacked by
 * `dpkg-deb`, kept in a cache. Nothing is installed, and no root is needed.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
} from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mulberry32 } from '../../scripts/lines/corrupt';

const run = promisify(execFile);
const GUEST = join(dirname(fileURLToPath(import.meta.url)), 'guest');
/** Each after those it needs. */
const MODULES = ['slhc', 'ppp_generic', 'ppp_async', 'bsd_comp', 'libarc4', 'ppp_mppe', 'ppp_deflate'];
const LIBRARIES = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'];
const MAX_OUTPUT = 64 << 20;

export interface Image {
  kernel: string;
  initramfs: string;
  /** The packages it is made of: name and version. */
  packages: string[];
}

/** Why there can be no image here: a sentence for a skipped test. */
export class Missing extends Error {}

/** `/page.bin` of the guest's HTTP server. */
export const PAGE = randomPage(50000, 1);
/** `/short.bin`. */
export const SHORT_PAGE = randomPage(10000, 2);
export const SECRETS = { user: 'alice', key: 'secret7' };

function randomPage(bytes: number, seed: number): Buffer {
  const random = mulberry32(seed);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256));
}

/**
 * The image, from the cache or made anew (70 MB to fetch, a minute or less).
 * @throws Missing when there is no apt, or it does not know the packages, or cannot fetch them
 */
export async function makeImage(): Promise<Image> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Missing('the packages are of x86-64, whose loader finds the libraries: this is another machine');
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'micronic-interop');
  const folder = join(cache, recipe());
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(join(cache, 'work-'));
    try {
      await build(work);
      // In one step, so that two runs at a time do not meet half an image.
      if (!existsSync(folder)) place(join(work, 'image'), folder);
      for (const name of readdirSync(cache)) {
        if (name !== basename(folder) && !name.startsWith('work-')) rmSync(join(cache, name), { recursive: true });
      }
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return {
    kernel: join(folder, 'kernel'),
    initramfs: join(folder, 'initramfs'),
    packages: readFileSync(join(folder, 'packages'), 'utf8').trim().split('\n'),
  };
}

function place(image: string, folder: string): void {
  try {
    renameSync(image, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // another run was faster
  }
}

/** Names what the image is made by: another recipe, another image. */
function recipe(): string {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(GUEST).sort()) {
    hash.update(name).update(readFileSync(join(GUEST, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function build(work: string): Promise<void> {
  const root = join(work, 'root');
  const image = join(work, 'image');
  const tree = join(work, 'tree');
  const packages = await fetchPackages(join(work, 'packages'));
  for (const file of packages) {
    await run('dpkg-deb', ['-x', file, root]);
  }
  mkdirSync(image);
  const kernel = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (!kernel) throw new Missing('the kernel package has no kernel in it');
  copyFileSync(join(root, 'boot', kernel), join(image, 'kernel'));
  await fillTree(root, tree);
  // The unpacked busybox packs the archive: cpio need not be installed.
  const busybox = join(tree, 'bin/busybox');
  await run('sh', ['-c', `find . | "$0" cpio -o -H newc >"$1"`, busybox, join(image, 'initramfs')], { cwd: tree });
  const versions = packages.map((file) => decodeURIComponent(basename(file)).split('_').slice(0, 2).join(' '));
  writeFileSync(join(image, 'packages'), `${versions.sort().join('\n')}\n`);
}

/** Downloads the kernel, pppd, busybox and the libraries that they name; returns the files. */
async function fetchPackages(folder: string): Promise<string[]> {
  const meta = await show(['linux-image-amd64']);
  const names = new Set([...['ppp', 'busybox-static'], ...meta.filter((name) => name.startsWith('linux-image-'))]);
  for (let fresh = ['ppp']; fresh.length;) {
    fresh = (await show(fresh)).filter((name) => /^lib/.test(name) && !names.has(name));
    fresh.forEach((name) => names.add(name));
  }
  mkdirSync(folder);
  try {
    await run('apt-get', ['-q', 'download', ...names], { cwd: folder, maxBuffer: MAX_OUTPUT });
  } catch (error) {
    throw new Missing(`apt-get cannot download Debian's packages: ${lastLine(error)}`);
  }
  return readdirSync(folder).map((name) => join(folder, name));
}

/** What packages depend on: of alternatives the first. */
async function show(packages: string[]): Promise<string[]> {
  let text: string;
  try {
    const args = ['show', '--no-all-versions', ...packages];
    text = (await run('apt-cache', args, { maxBuffer: MAX_OUTPUT })).stdout;
  } catch (error) {
    throw new Missing(`apt-cache does not know ${packages.join(', ')}: ${lastLine(error)}`);
  }
  const fields = [...text.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)];
  return [...new Set(fields.flatMap(([, list]) => list.split(',').map((one) => one.trim().split(/[ :|(]/)[0])))];
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').pop() ?? '';
}

/** Lays out the guest's files. */
async function fillTree(root: string, tree: string): Promise<void> {
  for (const folder of ['bin', 'dev', 'proc', 'sys', 'tmp', 'run', 'etc/ppp', 'var/run', 'modules', 'www/cgi-bin']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  const place = (from: string, to: string): void => {
    mkdirSync(dirname(join(tree, to)), { recursive: true });
    copyFileSync(from, join(tree, to));
    chmodSync(join(tree, to), 0o755);
  };
  const busybox = ['bin/busybox', 'usr/bin/busybox'].find((name) => existsSync(join(root, name)));
  place(join(root, busybox ?? 'bin/busybox'), 'bin/busybox');
  place(join(root, 'usr/sbin/pppd'), 'usr/sbin/pppd');
  await placeLibraries(root, 'usr/sbin/pppd', place);
  const plugins = 'usr/lib/x86_64-linux-gnu/ossl-modules';
  cpSync(join(root, plugins), join(tree, plugins), { recursive: true });
  await placeModules(root, tree, place);

  place(join(GUEST, 'init'), 'init');
  place(join(GUEST, 'start'), 'bin/start');
  place(join(GUEST, 'stop'), 'bin/stop');
  place(join(GUEST, 'echo.cgi'), 'www/cgi-bin/echo');
  writeFileSync(join(tree, 'www/page.bin'), PAGE);
  writeFileSync(join(tree, 'www/short.bin'), SHORT_PAGE);
  for (const kind of ['pap', 'chap']) {
    writeFileSync(join(tree, `etc/ppp/${kind}-secrets`), `${SECRETS.user} * ${SECRETS.key} *\n`, { mode: 0o600 });
  }
  writeFileSync(join(tree, 'etc/ppp/options'), '');
}

/** The loader of the unpacked C library says which libraries a program takes. */
async function placeLibraries(root: string, program: string, place: (from: string, to: string) => void): Promise<void> {
  const loader = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64', 'usr/lib64']
    .map((folder) => join(root, folder, 'ld-linux-x86-64.so.2'))
    .find((file) => existsSync(file));
  if (!loader) throw new Missing('the C library package has no loader in it');
  const path = LIBRARIES.map((folder) => join(root, folder)).join(':');
  const { stdout } = await run(loader, ['--library-path', path, '--list', join(root, program)]);
  if (/not found/.test(stdout)) throw new Missing(`pppd wants a library that no package brings: ${stdout}`);
  place(loader, 'lib64/ld-linux-x86-64.so.2');
  for (const [, file] of stdout.matchAll(/=> (\S+)/g)) {
    place(file, `lib/x86_64-linux-gnu/${basename(file)}`);
  }
}

async function placeModules(root: string, tree: string, place: (from: string, to: string) => void): Promise<void> {
  const folder = ['lib/modules', 'usr/lib/modules'].map((name) => join(root, name)).find((name) => existsSync(name));
  const files = folder ? readdirSync(folder, { recursive: true }).map(String) : [];
  const order: string[] = [];
  for (const name of MODULES) {
    const file = files.find((one) => new RegExp(`/${name}\\.ko(\\.xz)?$`).test(one));
    if (!file) throw new Missing(`the kernel package has no module ${name}`);
    place(join(folder!, file), `modules/${basename(file)}`);
    if (file.endsWith('.xz')) await run(join(tree, 'bin/busybox'), ['unxz', join(tree, 'modules', basename(file))]);
    order.push(`${name}.ko`);
  }
  writeFileSync(join(tree, 'modules/order'), `${order.join('\n')}\n`);
}
