import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** The process that works: its host, its number, and when it began, for numbers are given again. */
const processName = (): string => `${hostname()}/${process.pid}/${Math.floor(performance.timeOrigin)}`

/** A name for one piece of work of this process, as leases have it. */
export const newOwner = (): string => `${processName()}/${randomUUID()}`

/** Whether the process that took a lease is surely gone: of other hosts nobody knows, so that their leases run out. */
export function isGone(owner: string | null): boolean {
  const [host, pid, began] = (owner ?? '').split('/')
  if (host !== hostname() || !/^[1-9]\d*$/.test(pid ?? '')) return false
  if (Number(pid) === process.pid) return `${host}/${pid}/${began}` !== processName()
  return !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
