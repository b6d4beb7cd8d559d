import { type AddressInfo, createServer } from 'node:net'
import type { DicomDoor, TakeFor } from '../../src/dimse/door.ts'
import { openDoor } from '../../src/dimse/door.ts'
import { moveReceivers } from '../../src/site/receivers.ts'
import { type Installation, openInstallation } from '../site/installation.ts'

/** An object that came in whole. */
export type Taken = Readonly<{
  receiver: string
  calling: string
  transferSyntax: string
  sopInstance: string
  bytes: Buffer
}>

/** A DICOM door whose receivers put what comes in into a list. */
export type TestHall = Readonly<{
  installation: Installation
  door: DicomDoor
  port: number
  taken: Taken[]
  logged: (readonly [level: string, message: string])[]
  close: () => Promise<void>
}>

export type HallPlan = Readonly<{ take?: TakeFor; maxAssociations?: number }>

export async function openTestHall({ take, maxAssociations }: HallPlan = {}): Promise<TestHall> {
  const installation = await openInstallation()
  const { site } = installation
  const port = await freePort()
  await moveReceivers(site, port)
  const taken: Taken[] = []
  const logged: (readonly [string, string])[] = []
  const writes = (level: string) => (_details: object, message: string) => void logged.push([level, message])
  const collect: TakeFor = async ({ aeTitle }, { peer, transferSyntax, sopInstance, bytes }) => {
    const parts = await Array.fromAsync(bytes)
    taken.push({ receiver: aeTitle, calling: peer.calling, transferSyntax, sopInstance, bytes: Buffer.concat(parts) })
  }
  const log = { info: writes('info'), warn: writes('warn'), error: writes('error') }
  const door = await openDoor({
    site,
    host: '127.0.0.1',
    take: take ?? collect,
    log,
    ...(maxAssociations ? { maxAssociations } : {}),
  })
  const close = async () => {
    await door.close()
    await installation.close()
  }
  return { installation, door, port, taken, logged, close }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
