import { sql as readSql } from '@codemirror/legacy-modes/mode/sql'
import type { StreamParser } from '@codemirror/streamparser'

const listWords = (words: string): Record<string, true> =>
  Object.fromEntries(words.split(' ').map((word) => [word, true as const]))

/** SQL by the words that its dialects share, for models seldom name one. */
export const sql: StreamParser<unknown> = readSql({
  client: {},
  keywords: listWords(
    'add all alter analyze and any as asc begin between by cascade case cast check collate column commit conflict constraint create cross current database default delete desc distinct do drop each else end escape except exists explain fetch filter first following for foreign from full function grant group having if ilike in index inner insert intersect into is join key last lateral left like limit materialized merge natural next no not nothing nulls of offset on only or order outer over partition preceding primary procedure range recursive references rename replace returning returns revoke right rollback row rows schema select set table temp temporary then to transaction trigger truncate unbounded union unique update using values view when where window with within',
  ),
  builtin: listWords(
    'array avg bigint bigserial blob boolean bytea char coalesce count date datetime decimal double extract float greatest int integer interval json jsonb lag lead least max min now nullif numeric precision rank real row_number serial smallint sum text time timestamp timestamptz tinyint uuid varchar',
  ),
  atoms: listWords('false null true unknown'),
  operatorChars: /^[*+\-%<>!=~|/]/,
})
