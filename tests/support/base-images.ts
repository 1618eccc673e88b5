import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { docker, findImage, hasImage, type Missing, reasonOf } from './docker.ts';

const run = promisify(execFile);

/** What the Dockerfile stands on. */
export interface BaseImages {
  build: string;
  runtime: string;
}

const NODE_PACKAGE = path.resolve('node_modules/node');
/** Of a minimal Debian, what an image has no use for. */
const UNNEEDED = [
  'var/cache/apt',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/locale',
  'usr/share/man',
];

/** The bases that the Dockerfile names; where they cannot be pulled, two of our own making in their place. */
export async function findBaseImages(): Promise<BaseImages | Missing> {
  const named = namedBaseImages();
  for (const image of new Set(Object.values(named))) {
    const found = await findImage(image);
    if ('missing' in found) return makeBaseImages(found);
  }
  return named;
}

function namedBaseImages(): BaseImages {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  const [build, runtime] = ['BUILD_IMAGE', 'RUNTIME_IMAGE'].map(
    (name) => new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1],
  );
  if (build === undefined || runtime === undefined) throw new Error('the Dockerfile names no base');
  return { build, runtime };
}

/** A minimal Debian with the Node.js that `npm ci` brings. Takes half a minute, once. */
async function makeBaseImages(named: Missing): Promise<BaseImages | Missing> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/sbin/debootstrap')) {
    return { missing: `${named.missing}; to make a base takes root and debootstrap` };
  }
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-base-'));
  try {
    const runtime = await makeRuntimeImage(scratch);
    return { runtime, build: await makeBuildImage(scratch, runtime) };
  } catch (error) {
    throw new Error(`no base could be made: ${reasonOf(error)}`, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function makeRuntimeImage(scratch: string): Promise<string> {
  const { suite, mirror } = await packageSource();
  const manifest = JSON.parse(readFileSync(path.join(NODE_PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
  };
  const image = `sluice-base:${suite}-node-${manifest.version}`;
  if (await hasImage(image)) return image;

  const tree = path.join(scratch, 'tree');
  const archive = path.join(scratch, 'tree.tar');
  // Node.js is linked with libatomic.
  await run('debootstrap', ['--variant=minbase', '--include=libatomic1', suite, tree, mirror]);
  for (const folder of UNNEEDED) await rm(path.join(tree, folder), { recursive: true });
  await copyFile(path.join(NODE_PACKAGE, 'bin/node'), path.join(tree, 'usr/local/bin/node'));
  await run('tar', ['--directory', tree, '--create', '--file', archive, '.']);
  await docker('import', archive, image);
  return image;
}

/** The same with npm, and with the authorities that this machine trusts; nothing of it reaches the final image. */
async function makeBuildImage(scratch: string, runtime: string): Promise<string> {
  const image = `${runtime}-npm`;
  const context = path.join(scratch, 'npm');
  // A link to `bin/npm-cli.js` in npm's own folder.
  const npm = await realpath((await run('sh', ['-c', 'command -v npm'])).stdout.trim());
  await cp(path.resolve(npm, '../..'), path.join(context, 'npm'), { recursive: true });
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  if (authorities) await copyFile(authorities, path.join(context, 'authorities.pem'));
  else await writeFile(path.join(context, 'authorities.pem'), '');
  const dockerfile = [
    `FROM ${runtime}`,
    'COPY npm /usr/local/lib/node_modules/npm',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    'COPY authorities.pem /etc/ssl/certs/ca-certificates.crt',
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
  ];
  await writeFile(path.join(context, 'Dockerfile'), dockerfile.join('\n'));
  await docker('build', '--quiet', '--tag', image, context);
  return image;
}

/** Where this machine's own packages come from. */
async function packageSource(): Promise<{ suite: string; mirror: string }> {
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const indexes = ['indextargets', '--format', '$(CODENAME) $(COMPONENT) $(REPO_URI)'];
  const { stdout } = await run('apt-get', [...indexes, 'Created-By: Packages']);
  const sources = stdout.split('\n').map((line) => line.split(' '));
  const mirror = sources.find(([name, component]) => name === suite && component === 'main')?.[2];
  if (suite === undefined || mirror === undefined)
    throw new Error('apt names no source of its own');
  return { suite, mirror };
}
