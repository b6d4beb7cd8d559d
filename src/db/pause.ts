/** Lets other requests have their turn in the middle of something long. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
