import { complain } from './terminal.ts'

/** Resolves to the name of the first signal that asks the process to stop; the next one does not wait. */
export function stopSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let asked = false
  const stop = (signal: string): void => {
    if (asked) {
      complain('stopped without finishing.')
      process.exit(1)
    }
    asked = true
    resolve(signal)
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop)
  return promise
}
