/**
 * A file on its way in: where it is to lie below its folder, and its bytes, not read yet. Bytes that nobody has read
 * when the next file is asked for are dropped.
 */
export type IncomingFile = Readonly<{
  path: string
  bytes: AsyncIterable<Uint8Array>
  /** Bytes, where the sender said so. */
  size?: number
  /** The bytes are in memory: they may also be read after the next file was asked for. */
  atHand?: true
  /** No other file comes with it; whoever has taken a piece of its bytes may free the memory of it. */
  alone?: true
  /** What describes this file where it differs from the others that come with it. */
  described?: Readonly<{ format?: string; content?: string; description?: string }>
}>
