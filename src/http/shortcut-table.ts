import type { Table } from '../model/table.ts'

/** Every shortcut with its path: what `?fields=1` answers on any list. */
export function shortcutTable(shortcuts: readonly { name: string; path: string }[]): Table {
  return {
    columns: [
      { key: 'key', kind: 'string' },
      { key: 'xpath', kind: 'string' },
    ],
    rows: shortcuts.map(({ name, path }) => [name, path]),
    metadata: {},
  }
}
