import type { FastifyInstance } from 'fastify'
import { destination, pino } from 'pino'
import { dropAbandoned } from '../archive/sweep.ts'
import { openChores } from '../chores.ts'
import { compose } from '../compose.ts'
import { type Config, type Environment, readConfig } from '../config.ts'
import { type DicomDoor, type DoorPlan, openDoor } from '../dimse/door.ts'
import { takenInto } from '../dimse/reception.ts'
import { refuse } from '../errors.ts'
import { buildServer } from '../http/server.ts'
import { prepareFirstStart } from '../site/first-start.ts'
import { moveReceivers } from '../site/receivers.ts'
import { firstStartLines, startLines } from './notices.ts'
import { stopSignal } from './stop-signal.ts'
import { say } from './terminal.ts'

const STANDARD_ERROR = 2

/**
 * Runs the server until SIGTERM or SIGINT; then no new requests are taken, those in flight are finished, everything is
 * closed, and the exit code is 0. A second signal ends the process at once with 1.
 */
export async function serve(environment: Environment): Promise<number> {
  const config = readConfig(environment)
  const { archive, site, pictures, close } = await compose(config)
  const logger = pino({ level: config.logLevel }, destination({ fd: STANDARD_ERROR, sync: true }))
  const { url: publicUrl, maxUploadBytes, trustedProxies, inboxFolder: inbox } = config
  const chores = openChores(archive, site, {
    failed: (error) => logger.error({ err: error }, 'a chore failed'),
    swept: (swept) => logger.info(swept, 'unnamed files swept'),
  })
  const { later } = chores
  const server = buildServer({
    archive,
    site,
    pictures,
    logger,
    publicUrl,
    maxUploadBytes,
    trustedProxies,
    inbox,
    later,
  })
  let receivers: DicomDoor | undefined
  try {
    await dropAbandoned(archive, 'at-hand')
    const first = await prepareFirstStart(site, config.adminPassword)
    if (first) say(...firstStartLines(first))
    if (first && config.dicomPort !== 0) await moveReceivers(site, config.dicomPort)
    const stopped = stopSignal()
    const address = await listen(server, config)
    receivers = await receive(config, { site, take: takenInto(archive, site), log: logger })
    say(...startLines(config, address, receivers?.listening()))
    chores.start()
    say(`Stopping after ${await stopped}: requests and DICOM objects in flight are finished first.`)
    return 0
  } finally {
    await Promise.all([server.close(), receivers?.close()])
    await chores.stop()
    await close()
  }
}

/** Listens for the DICOM receivers, unless this process shall not. */
async function receive(
  { dicomHost: host, dicomPort }: Config,
  plan: Omit<DoorPlan, 'host'>,
): Promise<DicomDoor | undefined> {
  return dicomPort === 0 ? undefined : openDoor({ ...plan, host })
}

async function listen(server: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const problems: Readonly<Record<string, readonly [setting: string, because: string]>> = {
      EADDRINUSE: ['ISOCENTER_PORT', `port ${port} of ${host} is in use already`],
      EACCES: ['ISOCENTER_PORT', `this user may not listen on port ${port}`],
      EADDRNOTAVAIL: ['ISOCENTER_HOST', `${host} is no address of this machine`],
      ENOTFOUND: ['ISOCENTER_HOST', `${host} is no address of this machine`],
    }
    const [field, because] = problems[code ?? ''] ?? []
    if (field === undefined) throw error
    return refuse({ kind: 'invalid', field, because: `${field}: ${because}.` }, error)
  }
}
