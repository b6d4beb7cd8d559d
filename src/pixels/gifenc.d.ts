/** The part of gifenc that we use; the package comes without types. */
declare module 'gifenc' {
  /** Red, green and blue, 0 to 255. */
  export type Colour = number[]
  const gifenc: Readonly<{
    GIFEncoder: () => Readonly<{
      writeFrame: (index: Uint8Array, width: number, height: number, options: { palette: Colour[] }) => void
      finish: () => void
      bytes: () => Uint8Array<ArrayBuffer>
    }>
    /** @param rgba four bytes a pixel */
    quantize: (rgba: Uint8Array, colours: number) => Colour[]
    applyPalette: (rgba: Uint8Array, palette: Colour[]) => Uint8Array
  }>
  export default gifenc
}
