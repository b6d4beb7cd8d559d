/** Bytes that are at hand, or a way to get at some later. */
export type Source = Uint8Array | (() => Bytes | Promise<Bytes>)

/** Bytes in pieces: a Readable or a generator. */
export type Bytes = AsyncIterable<Uint8Array>

/** Inclusive first and last byte of a whole. */
export type Span = Readonly<{ start: number; end: number }>

/** Gives the content of an entry, or the part of it that was asked for; a few entries before their turn. */
export type OpenContent<E> = (entry: E, span?: Span) => Bytes | Promise<Bytes>

/** Sources begun before their turn comes: while one is sent, the disk already reads the next. */
const AHEAD = 8
/** Pieces smaller than this are sent together, as many as make up GATHERED_BYTES. */
const SMALL_BYTES = 48 * 1024
const GATHERED_BYTES = 64 * 1024

/**
 * All sources one after the other, in pieces worth sending. Sources are taken and opened a few ahead of their turn; when
 * one fails, or whoever reads stops early, those that were opened are closed.
 */
export async function* concatenate(sources: Iterable<Source>, ahead = AHEAD): AsyncGenerator<Uint8Array, void> {
  const gathered: Uint8Array[] = []
  let size = 0
  for await (const piece of inTurn(sources, ahead)) {
    if (piece.length < SMALL_BYTES) {
      gathered.push(piece)
      size += piece.length
      if (size < GATHERED_BYTES) continue
    }
    if (gathered.length > 0) yield Buffer.concat(gathered.splice(0))
    size = 0
    if (piece.length >= SMALL_BYTES) yield piece
  }
  if (gathered.length > 0) yield Buffer.concat(gathered)
}

async function* inTurn(sources: Iterable<Source>, ahead: number): AsyncGenerator<Uint8Array, void> {
  const rest = sources[Symbol.iterator]()
  const begun: Begun[] = []
  const beginMore = (): void => {
    while (begun.length < ahead) {
      const next = rest.next()
      if (next.done) return
      begun.push(begin(next.value))
    }
  }
  try {
    for (beginMore(); begun[0]; begun.shift(), beginMore()) {
      if (begun[0] instanceof Uint8Array) yield begun[0]
      else yield* pieces(begun[0])
    }
  } finally {
    for (const left of begun) if (!(left instanceof Uint8Array)) await left.stop()
  }
}

type Opened = Readonly<{
  iterator: Promise<AsyncIterator<Uint8Array>>
  first: Promise<IteratorResult<Uint8Array>>
  stop: () => Promise<void>
}>
type Begun = Uint8Array | Opened

function begin(source: Source): Begun {
  if (source instanceof Uint8Array) return source
  const iterator = Promise.try(source).then((bytes) => bytes[Symbol.asyncIterator]())
  const first = iterator.then((opened) => opened.next())
  // Whoever's turn it is sees these; stopped before its turn, nobody needs to.
  first.catch(() => undefined)
  const stop = () =>
    iterator.then(
      async (opened) => void (await opened.return?.()),
      () => undefined,
    )
  return { iterator, first, stop }
}

async function* pieces({ iterator, first }: Opened): AsyncGenerator<Uint8Array, void> {
  const opened = await iterator
  for (let next = await first; !next.done; next = await opened.next()) yield next.value
}

/** The pieces of `bytes`, which must come to `size` bytes. @throws Error naming `name` when they do not */
export async function* exactly(size: number, name: string, bytes: Bytes): AsyncGenerator<Uint8Array, void> {
  let seen = 0
  for await (const piece of bytes) {
    seen += piece.length
    if (seen > size) break
    yield piece
  }
  if (seen !== size) throw new Error(`${name} has another size than the ${size} bytes announced`)
}

/** The bytes of what is opened only when somebody begins to read: nobody has to close what was never looked at. */
export async function* lazily(open: () => Bytes | Promise<Bytes>): AsyncGenerator<Uint8Array, void> {
  yield* await open()
}
