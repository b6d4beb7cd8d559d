/** One receiver and whether it is listened for now. */
export type Listening = Readonly<{ aeTitle: string; port: number; listening: boolean }>

/** What opens and closes the ports of the receivers, in processes that do so. */
export type ReceiverDoor = Readonly<{
  /** Listens as the stored receivers and the settings now say. */
  apply: () => Promise<void>
  /** Listens again after `stop`. */
  start: () => Promise<readonly Listening[]>
  /** Takes no more associations until `start`; objects in flight are finished. */
  stop: () => Promise<readonly Listening[]>
  /** @throws ArchiveError 'invalid' when nobody could listen on that port */
  tryPort: (port: number) => Promise<void>
}>

/** Where the door of this process is known once it is built, so that a change of a receiver counts at once. */
export type ReceiverDoorway = Readonly<{ door: () => ReceiverDoor; attach: (door: ReceiverDoor) => void }>

const closed: ReceiverDoor = Object.freeze({
  apply: async () => {},
  start: async () => [],
  stop: async () => [],
  tryPort: async () => {},
})

export function openDoorway(): ReceiverDoorway {
  let current = closed
  return Object.freeze({
    door: () => current,
    attach: (door) => {
      current = door
    },
  })
}
