const DRAW_MS = 100
/** Between two lines where there is no terminal to draw on. */
const LINE_MS = 30_000
const BAR_LETTERS = 24

/** How far something has come. */
export type Progress = Readonly<{
  /** Shows that so much of it is done; `detail` is what else to say. */
  show: (done: number, detail: string) => void
  /** Leaves the terminal as it was. */
  end: () => void
}>

/**
 * A bar on a terminal; where standard error goes elsewhere, a plain line from time to time.
 * @param total what `done` comes to in the end
 * @param noun what is counted, e.g. `sessions`
 */
export function openProgress(total: number, noun: string): Progress {
  const { stderr } = process
  const terminal = stderr.isTTY === true
  let last = terminal ? 0 : Date.now()
  return {
    show: (done, detail) => {
      if (Date.now() - last < (terminal ? DRAW_MS : LINE_MS)) return
      last = Date.now()
      const share = total === 0 ? 1 : Math.min(1, done / total)
      const told = `${Math.floor(share * 100)} %  ${done} of ${total} ${noun}  ${detail}`
      if (terminal) stderr.write(`\r\x1b[K${`${bar(share)} ${told}`.slice(0, (stderr.columns ?? 80) - 1)}`)
      else stderr.write(`${told}\n`)
    },
    end: () => {
      if (terminal) stderr.write('\r\x1b[K')
    },
  }
}

function bar(share: number): string {
  const full = Math.round(share * BAR_LETTERS)
  return `[${'#'.repeat(full)}${' '.repeat(BAR_LETTERS - full)}]`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A number of bytes for people: `17 bytes`, `1.5 GB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${UNITS[power]}`
}
