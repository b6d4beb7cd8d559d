/** Whether the text has something that XML 1.0 cannot hold, so that it could be stored but never be sent back. */
export const isUnwritable = (text: string): boolean =>
  /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text) || !text.isWellFormed()

/** Whether the text has something that no name may have: control characters, C1 too, and what XML cannot hold. */
export const hasControls = (text: string): boolean => /[\x00-\x1f\x7f-\x9f]/.test(text) || isUnwritable(text)
