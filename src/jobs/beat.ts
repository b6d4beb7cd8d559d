/** Shows again and again that somebody is still at it; a failure waits for the next time. Returns what ends it. */
export function beating(everyMs: number, show: () => Promise<unknown>): () => void {
  const beat = setInterval(() => void show().catch(() => undefined), everyMs)
  beat.unref()
  return () => clearInterval(beat)
}
