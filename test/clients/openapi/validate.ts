import { readFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'

/** Says what is wrong with an OpenAPI document: `node validate.ts FILE`. */
const validator = new Validator()
const { valid, errors } = await validator.validate(JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')))
console.log(valid ? `valid OpenAPI ${validator.version}` : JSON.stringify(errors, null, 2))
process.exit(valid ? 0 : 1)
