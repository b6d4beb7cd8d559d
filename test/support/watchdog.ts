const LONGEST_MS = 16 * 60_000

/**
 * Loaded before every test file: one that stands still, which is one that something keeps open although its tests are
 * over, ends with what that is and fails, so that nobody waits for it for ever.
 */
if (process.env['NODE_TEST_CONTEXT'])
  setTimeout(() => {
    console.error(`${process.argv[1]} stands still, kept open by ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit(1)
  }, LONGEST_MS).unref()
